//! What a registry's answer says: the version to use, found while the text is read, so that nothing else of it is kept.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Url, useless};
use crate::error::Result;
use crate::wire::names::is_version;

/// How many characters of a reason an error repeats.
const LONGEST_REASON: usize = 200;

/// How many characters of a version that engines do not take an error repeats.
const LONGEST_SHOWN: usize = 80;

/// An inferlet, as registries tell about it: in full with `versions`, the newest first, in lists with `latest_version`.
#[derive(serde::Deserialize)]
struct Inferlet {
    latest_version: Option<String>,
    versions: Option<Versions>,
}

#[derive(serde::Deserialize)]
struct Version {
    num: Option<String>,
    yanked: Option<bool>,
}

/// Of the versions that engines take the best, in the registry's order.
#[derive(Default)]
struct Versions {
    newest: Option<String>,
    newest_not_yanked: Option<String>,
    yanked: HashSet<String>,
    /// The first that engines do not take.
    unfit: Option<String>,
}

impl Versions {
    fn add(&mut self, version: Version) {
        let Some(num) = version.num.filter(|num| !num.is_empty()) else { return };
        if !is_version(&num) {
            self.unfit.get_or_insert(num);
            return;
        }
        self.newest.get_or_insert_with(|| num.clone());
        if version.yanked.unwrap_or(false) {
            self.yanked.insert(num);
        } else {
            self.newest_not_yanked.get_or_insert(num);
        }
    }

    fn best(self) -> Option<String> {
        self.newest_not_yanked.or(self.newest)
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Versions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of versions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Versions, A::Error> {
                let mut versions = Versions::default();
                while let Some(version) = list.next_element::<&RawValue>()? {
                    versions.add(object(version.get()).map_err(A::Error::custom)?);
                }
                Ok(versions)
            }
        }
        deserializer.deserialize_seq(Each)
    }
}

/// A JSON object. An array would be taken for the members in their order.
fn object<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    if !text.trim_ascii_start().starts_with('{') {
        return Err(serde_json::Error::custom("it is no object"));
    }
    serde_json::from_str(text)
}

/// The version that an answer from a URL names.
pub fn version_in(body: &[u8], url: &Url) -> Result<String> {
    let text = std::str::from_utf8(body).map_err(|_| useless(url, "not what registries answer: it is not UTF-8"))?;
    let inferlet: Inferlet = object(text).map_err(|error| {
        // It may quote a value as long as the answer.
        let why: String = error.to_string().chars().take(LONGEST_REASON).collect();
        useless(url, &format!("not what registries answer: {why}"))
    })?;
    let mut versions = inferlet.versions.unwrap_or_default();
    let latest = inferlet.latest_version.filter(|latest| !latest.is_empty());
    let (latest, unfit) = match latest {
        Some(latest) if !is_version(&latest) => (None, Some(latest)),
        latest => (latest, versions.unfit.take()),
    };
    let latest = latest.filter(|latest| !versions.yanked.contains(latest));
    latest.or_else(|| versions.best()).ok_or_else(|| useless(url, &none_left(unfit)))
}

fn none_left(unfit: Option<String>) -> String {
    let Some(unfit) = unfit else { return "the registry knows the inferlet, but no version of it".to_owned() };
    let shown: String = unfit.chars().take(LONGEST_SHOWN).collect();
    format!("the version {shown:?}, which engines do not take (they take major.minor.patch), and no other")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    /// Longer than any text of an error may be, and deeper than any recursion.
    const LONG: usize = if cfg!(miri) { 1 << 11 } else { 1 << 20 };

    fn resolve(body: &str) -> Result<String> {
        version_in(body.as_bytes(), &Url::of_inferlet("http://h", "a").unwrap())
    }

    #[test]
    fn a_long_wrong_value_is_not_repeated() {
        let error = resolve(&format!(r#"{{"versions":"{}"}}"#, "A".repeat(LONG))).unwrap_err();
        assert!(error.message().len() < 500, "{}", error.message().len());
    }

    #[test]
    fn the_version_is_the_newest_that_is_not_yanked() {
        for (body, wanted) in [
            (r#"{"versions":[{"num":"2.0.0"},{"num":"1.0.0"}]}"#, "2.0.0"),
            (r#"{"versions":[{"num":"2.0.0","yanked":true},{"num":"1.0.0","yanked":false}]}"#, "1.0.0"),
            (r#"{"versions":[{"num":"2.0.0","yanked":true},{"num":"1.0.0","yanked":true}]}"#, "2.0.0"),
            (r#"{"versions":[{"num":""},{"num":null},{},{"num":"1.0.0","yanked":null}]}"#, "1.0.0"),
            (r#"{"latest_version":"3.0.0","versions":[{"num":"2.0.0"}]}"#, "3.0.0"),
            (r#"{"latest_version":"","versions":[{"num":"2.0.0"}]}"#, "2.0.0"),
            (r#"{"latest_version":null,"versions":[{"num":"2.0.0","wit":{"x":[1]}}],"more":[[{}]]}"#, "2.0.0"),
            (r#"{"name":"a","latest_version":"3.0.0","versions":null}"#, "3.0.0"),
            // The order is the registry's.
            (r#"{"versions":[{"num":"1.0.1"},{"num":"2.0.0"},{"num":"1.10.0"}]}"#, "1.0.1"),
            // What engines do not take hides nothing.
            (r#"{"versions":[{"num":"2.0.0-rc.1"},{"num":"v1.5.0"},{"num":"1.0.0"}]}"#, "1.0.0"),
            (r#"{"versions":[{"num":"2.0"},{"num":"1.0.0","yanked":true}]}"#, "1.0.0"),
            (r#"{"latest_version":"2.0.0-beta","versions":[{"num":"1.0.0"}]}"#, "1.0.0"),
            (r#"{"latest_version":"2.0.0","versions":[{"num":"2.0.0","yanked":true},{"num":"1.0.0"}]}"#, "1.0.0"),
            (r#"{"versions":[{"num":"2.0.0","yanked":true},{"num":"1.0.0"}],"latest_version":"2.0.0"}"#, "1.0.0"),
            (r#"{"latest_version":"2.0.0","versions":[{"num":"2.0.0","yanked":true}]}"#, "2.0.0"),
            ("\n {\"versions\":[ {\"num\":\"1.0.0\"} ]}", "1.0.0"),
        ] {
            assert_eq!(resolve(body).unwrap(), wanted, "{body}");
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        let deep = "[".repeat(LONG);
        for body in [
            "",
            "null",
            "7",
            "[]",
            "{}",
            "<html>",
            r#"["9.9.9",[]]"#,
            r#"{"versions":[]}"#,
            r#"{"versions":[["9.9.9",false]]}"#,
            r#"{"versions":[{"num":"v1.0.0"},{"num":"1.0.0-rc.1"}]}"#,
            r#"{"versions":[{}]}"#,
            r#"{"versions":[1]}"#,
            r#"{"versions":["1.0.0"]}"#,
            r#"{"versions":[null]}"#,
            r#"{"versions":{"num":"1.0.0"}}"#,
            r#"{"versions":3}"#,
            r#"{"versions":[{"num":1.0}]}"#,
            r#"{"versions":[{"num":{}}]}"#,
            r#"{"versions":[{"num":"1.0"}]}"#,
            r#"{"latest_version":1}"#,
            r#"{"latest_version":"latest"}"#,
            r#"{"latest_version":"1.0.0\nx"}"#,
            r#"{"latest_version":"1.0.0"} x"#,
            r#"{"latest_version":"1.0.0""#,
            &deep,
            &format!(r#"{{"x":{deep}"#),
        ] {
            let error = resolve(body).unwrap_err();
            assert_eq!(error.code(), Code::Registry, "{:.40}", body);
            assert!(!error.is_retriable() && error.message().contains("GET http://h/"), "{error}");
        }
    }
}
