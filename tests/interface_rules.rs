//! Rules that every exported function keeps: one way through the boundary, one form of documentation.

use std::fs;

/// An exported function: its file, name, documentation and text.
struct Exported {
    place: String,
    name: String,
    doc: Vec<String>,
    parameters: Vec<String>,
    body: String,
}

fn exported() -> Vec<Exported> {
    let files = fs::read_dir("src/abi").unwrap().map(|entry| entry.unwrap().path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.flat_map(|path| functions(&path.display().to_string(), &fs::read_to_string(&path).unwrap())).collect()
}

fn functions(place: &str, text: &str) -> Vec<Exported> {
    let lines: Vec<_> = text.lines().collect();
    let starts = (0..lines.len()).filter(|&at| lines[at].contains("no_mangle"));
    starts.map(|at| function(place, &lines, at)).collect()
}

fn function(place: &str, lines: &[&str], at: usize) -> Exported {
    let doc = lines[..at].iter().rev().take_while(|line| line.starts_with("///"));
    let mut doc: Vec<_> = doc.map(|line| line[3..].trim().to_owned()).collect();
    doc.reverse();
    let end = at + lines[at..].iter().position(|line| *line == "}").unwrap();
    let whole = lines[at + 1..end].join("\n");
    let (signature, body) = whole.split_once("{\n").unwrap();
    let (head, list) = signature.split_once('(').unwrap();
    let names = list.split(',').filter_map(|parameter| parameter.split_once(':')).map(|(name, _)| name);
    Exported {
        place: place.to_owned(),
        name: head.rsplit(' ').next().unwrap().to_owned(),
        doc,
        parameters: names.map(|name| name.trim().trim_start_matches("r#").to_owned()).collect(),
        body: body.to_owned(),
    }
}

/// A body's lines without comments.
fn code(body: &str) -> String {
    let code: Vec<_> = body.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    code.join(" ").trim_end_matches('}').trim().to_owned()
}

#[test]
fn every_exported_function_goes_through_the_boundary() {
    let functions = exported();
    assert!(functions.len() > 40);
    for function in functions {
        let code = code(&function.body);
        let guarded = ["boundary::value(", "boundary::call!(error, {"].iter().any(|guard| {
            code.starts_with(guard)
                || code.split_once("; ").is_some_and(|(first, rest)| {
                    first.starts_with("let ") && first.ends_with(".cast()") && rest.starts_with(guard)
                })
        });
        assert!(guarded, "{}: {} does something outside the boundary: {code}", function.place, function.name);
    }
}

#[test]
fn only_marked_functions_are_extern() {
    for path in fs::read_dir("src/abi").unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&path).unwrap();
        let is_function = |line: &&str| line.starts_with("pub") && !line.starts_with("pub type");
        let public = text.lines().filter(is_function).filter(|line| line.contains("extern \"C\" fn")).count();
        assert_eq!(public, text.matches("no_mangle").count(), "{}", path.display());
    }
}

#[test]
fn every_exported_function_is_documented_in_the_same_form() {
    for Exported { place, name, doc, parameters, .. } in exported() {
        let tags: Vec<_> = doc.iter().filter(|line| line.starts_with('@')).map(String::as_str).collect();
        let told: Vec<_> = tags
            .iter()
            .filter_map(|tag| tag.strip_prefix("@param "))
            .map(|rest| rest.split(' ').next().unwrap())
            .collect();
        let effect = doc.iter().take_while(|line| !line.is_empty()).last();
        assert!(effect.is_some_and(|line| line.ends_with('.')), "{place}: {name}: the effect comes first");
        assert_eq!(told, parameters, "{place}: {name}: @param");
        let order: Vec<_> =
            tags.iter().map(|tag| tag.split(' ').next().unwrap()).filter(|tag| *tag != "@param").collect();
        let wanted: &[&str] = if order.contains(&"@return") {
            &["@return", "@threads", "@waits", "@since"]
        } else {
            &["@threads", "@waits", "@since"]
        };
        assert_eq!(order, wanted, "{place}: {name}: the tags and their order");
    }
}

#[test]
fn the_engines_fields_are_named_in_the_wire_alone() {
    let fields = ["\"corr_id\"", "\"process_event\"", "\"chunk_data\"", "\"process_id\":"];
    for folder in ["src/client", "src/queue", "src/mcp", "src/transport", "src/abi"] {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            assert!(!fields.iter().any(|field| text.contains(field)), "{}", path.display());
        }
    }
}
