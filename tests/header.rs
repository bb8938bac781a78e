//! `include/pie_client.h` is what `src/abi/` says, and the shared library exports exactly what the header declares.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use cbindgen::{Builder, Config, DocumentationLength, DocumentationStyle, ItemType, Language, Layout, SortKey, Style};

/// The sections of the header, each from one file of `src/abi/`, in the order of the interface's specification.
const SECTIONS: [&str; 16] = [
    "library",
    "error",
    "options",
    "key",
    "client",
    "login",
    "program",
    "launch",
    "mcp",
    "process_list",
    "process",
    "queue",
    "op",
    "async_client",
    "async_program",
    "async_process",
];
/// The files whose handles are declared first, in the specification's order.
const HANDLES: [&str; 8] = ["options", "client", "process", "queue", "op", "key", "process_list", "error"];
const LAST_SECTION: &str = "event";
const HEADER: &str = "include/pie_client.h";

fn abi_file(name: &str) -> String {
    fs::read_to_string(format!("src/abi/{name}")).unwrap()
}

fn config(items: &[ItemType], include: Vec<String>) -> Config {
    let mut config = Config {
        language: Language::C,
        style: Style::Both,
        no_includes: true,
        usize_is_size_t: true,
        documentation: true,
        documentation_style: DocumentationStyle::Doxy,
        documentation_length: DocumentationLength::Full,
        sort_by: SortKey::None,
        ..Config::default()
    };
    config.export.item_types = items.to_vec();
    config.export.include = include;
    config.function.args = Layout::Vertical;
    config
}

fn bindings(file: &str, config: Config) -> String {
    let mut text = Vec::new();
    Builder::new().with_config(config).with_src(format!("src/abi/{file}.rs")).generate().unwrap().write(&mut text);
    tidy(String::from_utf8(text).unwrap().trim())
}

/// Short comments on one line, negative numbers in parentheses.
fn tidy(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(parenthesized).collect();
    let mut tidy = Vec::new();
    let mut rest = &lines[..];
    while let [line, after @ ..] = rest {
        rest = after;
        match after {
            [only, end, after @ ..] if line.trim() == "/**" && end.trim() == "*/" => {
                tidy.push(format!("{line} {} */", only.trim().trim_start_matches("* ")));
                rest = after;
            }
            _ => tidy.push(line.clone()),
        }
    }
    tidy.join("\n")
}

fn parenthesized(line: &str) -> String {
    match line.strip_prefix("#define ").and_then(|define| define.split_once(" -")) {
        Some((name, number)) => format!("#define {name} (-{number})"),
        None => line.to_owned(),
    }
}

/// The names of a file's opaque handles.
fn handles(file: &str) -> Vec<String> {
    let text = abi_file(&format!("{file}.rs"));
    let names = text.lines().filter_map(|line| line.strip_prefix("pub struct pie_"));
    names.map(|rest| format!("pie_{}", rest.trim_end_matches([' ', '{', ';']))).collect()
}

/// A file's first lines, as the introduction of its section.
fn introduction(file: &str) -> String {
    let text = abi_file(&format!("{file}.rs"));
    let lines: Vec<_> = text.lines().take_while(|line| line.starts_with("//!")).map(|line| line[3..].trim()).collect();
    let rule = "-".repeat(76);
    format!("/* {rule}\n * {}\n * {rule} */", lines.join("\n * ").replace("\n * \n", "\n *\n"))
}

fn types() -> String {
    let opaque: Vec<_> =
        HANDLES.iter().map(|file| bindings(file, config(&[ItemType::OpaqueItems], handles(file)))).collect();
    let names = [
        "pie_event",
        "pie_launch_options",
        "pie_process_info",
        "pie_mcp_server",
        "pie_event_fn",
        "pie_wakeup_fn",
        "pie_drop_fn",
        "pie_sign_fn",
        "pie_log_fn",
    ];
    let names = names.map(str::to_owned).to_vec();
    let rest = bindings("types", config(&[ItemType::Constants, ItemType::Structs, ItemType::Typedefs], names));
    format!("{}\n\n{}\n\n{rest}\n\n{INIT}", introduction("types"), opaque.join("\n\n"))
}

const INIT: &str = "/** What a pie_launch_options starts from: struct_size and zeros. */\n\
    #define PIE_LAUNCH_OPTIONS_INIT { sizeof(pie_launch_options), 0, 0, 0, NULL, NULL }\n\n\
    /** What a pie_mcp_server starts from: struct_size and zeros. */\n\
    #define PIE_MCP_SERVER_INIT { sizeof(pie_mcp_server), 0, NULL, NULL, NULL, 0, NULL, NULL, 0, NULL }";

fn functions(file: &str) -> Option<String> {
    // Each of them has a typedef.
    let text = bindings(file, config(&[ItemType::Functions], Vec::new())).replace("struct pie_", "pie_");
    (!text.is_empty()).then(|| format!("{}\n\n{text}", introduction(file)))
}

fn header() -> String {
    let sections: Vec<_> = SECTIONS.iter().chain([&LAST_SECTION]).filter_map(|file| functions(file)).collect();
    format!(
        "{}\n/** @file\n * The C interface of libpie_client. */\n#ifndef PIE_CLIENT_H\n#define PIE_CLIENT_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{}\n\n{}\n\n#ifdef __cplusplus\n}}\n#endif\n\n#endif /* PIE_CLIENT_H */\n",
        abi_file("conventions.h"),
        types(),
        sections.join("\n\n")
    )
}

#[test]
fn the_committed_header_is_the_generated_one() {
    let generated = header();
    if std::env::var_os("PIE_UPDATE_HEADER").is_some() {
        fs::write(HEADER, &generated).unwrap();
    }
    let committed = fs::read_to_string(HEADER).unwrap_or_default();
    assert!(committed == generated, "{HEADER} is not what src/abi/ says; run `make header` and commit the result");
}

fn declared() -> BTreeSet<String> {
    let header = fs::read_to_string(HEADER).unwrap();
    let code: String = header.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, code)| code)).collect();
    let names = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '('));
    names
        .filter_map(|word| word.split_once('('))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("pie_"))
        .collect()
}

fn exported(library: &Path) -> BTreeSet<String> {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(library).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect()
}

#[test]
fn the_shared_library_exports_what_the_header_declares_and_nothing_else() {
    assert!(declared().len() > 40);
    assert_eq!(exported(&common::shared_library()), declared());
}
