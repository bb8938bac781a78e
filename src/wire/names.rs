//! Names: of programs, of processes, of files.

use std::borrow::Cow;

use super::Generation;
use crate::error::{Error, Result};

/// Why a process may have no id, and where to find it.
pub const NO_ID: &str = "0.5 engines tell no id of a process launched with PIE_LAUNCH_NO_CAPTURE; find it with \
                         pie_client_list_processes, and attach it";

/// What callers know a request as, by its name on the wire.
pub fn call_of(request: &str) -> &str {
    match request {
        "auth_identify" | "auth_prove" => "authenticate",
        "add_program" => "install_program",
        "launch_processes" => "launch_process",
        other => other,
    }
}

/// A program's name and version.
pub fn split_inferlet(inferlet: &str) -> Result<(&str, &str)> {
    inferlet.split_once('@').filter(|(name, version)| is_name(name) && is_version(version)).ok_or_else(|| {
        Error::argument(format!(
            "inferlet: {inferlet:?} is not of the form name@major.minor.patch (a name of ASCII letters, digits, _ and -, \
             as in text-completion@0.1.0)"
        ))
    })
}

/// Refuses what engines of this generation would not take as the name of a program to launch.
pub fn check_launch(inferlet: &str, generation: Generation) -> Result<()> {
    if generation.allows_bare_names() && is_name(inferlet) {
        return Ok(());
    }
    split_inferlet(inferlet).map(|_| ())
}

/// Refuses what engines would not take as the name of a program without its version.
pub fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::argument(format!(
        "name: {name:?} is no name of an inferlet; give ASCII letters, digits, _ and -, as in text-completion"
    )))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Whether engines take this as the version of a program.
pub fn is_version(version: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.split('.').count() == 3 && version.split('.').all(is_number)
}

/// A process id as engines spell it (lower case, with hyphens), however the caller spelt it: engines also take an id
/// without hyphens, in upper case, in braces, and as a URN.
pub fn canonical_process_id(id: &str) -> Cow<'_, str> {
    let braced = id.strip_prefix('{').and_then(|id| id.strip_suffix('}'));
    let bare = braced.or(id.strip_prefix("urn:uuid:")).unwrap_or(id);
    let digits: String = bare.chars().filter(|&c| c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Cow::Borrowed(id);
    }
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Cow::Owned(parts.join("-"))
}

/// Refuses the id of a process whose engine tells none.
pub fn check_process_id(id: &str) -> Result<()> {
    if !id.is_empty() {
        return Ok(());
    }
    Err(Error::argument(format!("process_id: it is empty ({NO_ID})")))
}

/// Whether this is how an engine spells a process id.
pub fn is_canonical_process_id(id: &str) -> bool {
    matches!(canonical_process_id(id), Cow::Owned(canonical) if canonical == id)
}

/// The last part of the name that an inferlet suggests, fit to be joined to a directory anywhere; `None` if nothing is left.
pub fn safe_file_name(suggested: &str) -> Option<String> {
    const LONGEST: usize = 200;
    const AT_THE_END: [char; 2] = ['.', ' '];
    let last = suggested.rsplit(['/', '\\']).next().unwrap_or_default();
    let replaced: String =
        last.chars().map(|c| if c.is_control() || r#"<>:"|?*"#.contains(c) { '_' } else { c }).collect();
    let mut name = replaced.trim_start().to_owned();
    // One less, since a device's name gets longer. What is cut off may leave a bad end behind.
    while name.len() >= LONGEST || name.ends_with(AT_THE_END) {
        name.pop();
    }
    if is_device(&name) {
        name.insert(0, '_');
    }
    (!name.is_empty()).then_some(name)
}

/// Windows opens a device for these, whatever the directory and the extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered =
        |prefix| stem.strip_prefix(prefix).is_some_and(|n: &str| n.len() == 1 && n.as_bytes()[0].is_ascii_digit());
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inferlets_follow_the_engines_grammar() {
        assert_eq!(split_inferlet("text-completion@0.1.0").unwrap(), ("text-completion", "0.1.0"));
        for bad in [
            "",
            "a",
            "a@1",
            "a@1.2",
            "a@1.2.3.4",
            "a@1.2.x",
            "-a@1.2.3",
            "a b@1.2.3",
            "a@1.2.3 ",
            "ä@1.2.3",
            "a@@1.2.3",
            "@1.2.3",
            "a@1..3",
            "a@latest",
        ] {
            assert!(split_inferlet(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_later_engines_take_bare_names() {
        assert!(check_launch("echo", Generation::G2).is_ok());
        assert!(check_launch("echo", Generation::G1).is_err());
        assert!(check_launch("echo@1", Generation::G2).is_err());
    }

    #[test]
    fn process_ids_have_one_spelling() {
        let id = "def25ff0-59b6-4666-a4ac-3510218a6b5c";
        assert_eq!(canonical_process_id("DEF25FF059B64666A4AC3510218A6B5C"), id);
        assert_eq!(canonical_process_id(id), id);
        assert_eq!(canonical_process_id(&format!("{{{id}}}")), id);
        assert_eq!(canonical_process_id(&format!("urn:uuid:{id}")), id);
        assert_eq!(canonical_process_id("not a uuid"), "not a uuid");
        assert_eq!(canonical_process_id("ääääääääääääääää"), "ääääääääääääääää");
    }

    #[test]
    fn file_names_stay_in_their_directory() {
        let safe = |name| safe_file_name(name);
        assert_eq!(safe("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(safe("a\\b").as_deref(), Some("b"));
        assert_eq!(safe("a\0b\n").as_deref(), Some("a_b_"));
        assert_eq!(safe("C:x").as_deref(), Some("C_x"));
        assert_eq!(safe("nul.txt").as_deref(), Some("_nul.txt"));
        assert_eq!(safe("x/.."), None);
        assert_eq!(safe("..."), None);
        assert_eq!(safe(""), None);
        assert!(safe(&"ä".repeat(400)).unwrap().len() <= 200);
        let cut = |name: String| safe_file_name(&(name + &"y".repeat(400)));
        assert_eq!(cut("x".repeat(197) + ". "), Some("x".repeat(197)), "no bad end is left behind");
        assert_eq!(cut(format!("con{}", " ".repeat(400))).as_deref(), Some("_con"));
    }
}
