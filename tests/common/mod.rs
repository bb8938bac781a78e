//! What several tests need.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that cargo builds this profile into.
pub fn build_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().find(|dir| dir.ends_with("deps")).and_then(Path::parent).unwrap().to_owned()
}

/// The shared library of this build.
pub fn shared_library() -> PathBuf {
    let library = build_dir().join("libpie_client.so");
    if !library.exists() {
        build_library();
    }
    library
}

fn build_library() {
    let status = Command::new(env!("CARGO")).args(["build", "--lib"]).status().unwrap();
    assert!(status.success());
}
