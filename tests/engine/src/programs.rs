//! The installed programs.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// The names of the programs, each with the hash of what was installed last.
pub struct Programs {
    held: Mutex<BTreeMap<(String, String), String>>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

impl Programs {
    pub fn new() -> Self {
        let echo = (("echo".into(), "0.1.0".into()), blake3::hash(b"echo").to_string());
        Self { held: Mutex::new(BTreeMap::from([echo])) }
    }

    /// Without force what is there stays, and that counts as success.
    pub fn install(&self, manifest: &str, data: &[u8], force: bool) -> Result<String, String> {
        let manifest: Manifest = toml::from_str(manifest)
            .map_err(|error| format!("Invalid manifest: Failed to parse manifest TOML: {error}"))?;
        let hash = blake3::hash(data).to_string();
        let mut held = self.held.lock().unwrap();
        let known = held.entry((manifest.package.name, manifest.package.version)).or_insert_with(|| hash.clone());
        if force {
            *known = hash;
        }
        Ok("Program installed successfully".into())
    }

    pub fn check(&self, name: &str, version: &str) -> Result<String, String> {
        let (name, version) = identifier(&format!("{name}@{version}"))?;
        Ok(self.holds(name, version).to_string())
    }

    fn holds(&self, name: String, version: String) -> bool {
        self.held.lock().unwrap().contains_key(&(name, version))
    }

    /// The full name of a program that 0.4 can launch. What it does not hold it seeks in a registry, which fails here.
    pub fn resolve04(&self, text: &str) -> Result<String, String> {
        let (name, version) = identifier(text)?;
        let url = format!("http://127.0.0.1:9/api/v1/inferlets/{name}/{version}/manifest");
        match self.holds(name, version) {
            true => Ok(text.into()),
            false => Err(format!("Failed to download manifest from {url}: error sending request for url ({url})")),
        }
    }

    /// The full name of a program that 0.5 can launch; a bare name stands for its newest version.
    pub fn resolve05(&self, text: &str) -> Result<String, String> {
        if !text.contains('@') {
            return self.newest(text).ok_or_else(|| format!("no program named '{text}' is installed"));
        }
        let (name, version) = identifier(text)?;
        match self.holds(name, version) {
            true => Ok(text.into()),
            false => Err(format!("program {text} is not installed (looked in /engine-home/inferlets)")),
        }
    }

    fn newest(&self, wanted: &str) -> Option<String> {
        let held = self.held.lock().unwrap();
        let versions = held.keys().filter(|(name, _)| name == wanted).map(|(_, version)| version);
        let newest = versions.max_by_key(|version| numbers(version))?;
        Some(format!("{wanted}@{newest}"))
    }

    pub fn hashes(&self) -> String {
        let held = self.held.lock().unwrap();
        let map: serde_json::Map<_, _> =
            held.iter().map(|((name, version), hash)| (format!("{name}@{version}"), hash.as_str().into())).collect();
        serde_json::Value::Object(map).to_string()
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// `name@major.minor.patch`.
fn identifier(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('@').filter(|(name, version)| is_name(name) && is_version(version));
    parts
        .map(|(name, version)| (name.into(), version.into()))
        .ok_or_else(|| format!("Invalid program identifier '{text}': expected 'name@major.minor.patch'"))
}

fn is_name(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(rest)
}

fn is_version(version: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    version.split('.').count() == 3 && version.split('.').all(number)
}
