//! Replays the corpus, and what fuzzing has found, through every target.
//!
//! Each target has a process of its own: its memory is counted, and what ends it ends no other test.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 7] = [
    ("frames", super::frames),
    ("keys", super::keys),
    ("mcp", super::mcp),
    ("options", super::options),
    ("registry", super::registry),
    ("session", super::session),
    ("texts", super::texts),
];
/// Names the target to the process that replays it.
const VARIABLE: &str = "PIE_FUZZ_TARGET";
/// Guards against an input that hangs; all of them together take seconds.
const LONGEST: Duration = Duration::from_secs(60);

#[test]
fn what_was_fuzzed_before_is_survived() {
    let began = Instant::now();
    let replays = TARGETS.map(|(name, _)| (name, begin(name)));
    for (name, mut replay) in replays {
        let status = loop {
            match replay.try_wait().unwrap() {
                Some(status) => break status,
                None if began.elapsed() > LONGEST => replay.kill().unwrap(),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        assert!(
            status.success(),
            "{name}: {status} after {:?}; the last input that it named is to blame",
            began.elapsed()
        );
    }
}

fn begin(name: &str) -> Child {
    let arguments = ["--exact", "fuzzing::replay::replay_one_target", "--ignored", "--nocapture", "-q"];
    Command::new(std::env::current_exe().unwrap()).args(arguments).env(VARIABLE, name).spawn().unwrap()
}

#[test]
#[ignore = "the test above runs it for each target"]
fn replay_one_target() {
    let name = std::env::var(VARIABLE).unwrap();
    let (_, run) = TARGETS.into_iter().find(|target| target.0 == name).unwrap();
    let began = Instant::now();
    let seeds = inputs(&Path::new("fuzz/corpus").join(&name));
    let findings = Path::new("fuzz/findings").join(&name);
    let findings = if findings.exists() { inputs(&findings) } else { Vec::new() };
    assert!(!seeds.is_empty(), "fuzz/corpus/{name} is empty");
    for path in seeds.iter().chain(&findings) {
        let _named = Named(path);
        run(&std::fs::read(path).unwrap());
    }
    tell(&format!("{name}: {} seeds and {} findings in {:?}", seeds.len(), findings.len(), began.elapsed()));
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The test's own output is not shown when it passes.
fn tell(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The input that is being replayed, told when it fails.
struct Named<'a>(&'a Path);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell(&format!("{} is not survived", self.0.display()));
        }
    }
}
