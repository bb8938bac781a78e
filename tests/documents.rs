//! What the documents show is what the project holds.

use std::ffi::CStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The fenced blocks of a language in a Markdown file.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn files(folder: &str, extension: &str) -> Vec<String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    wanted.map(|path| path.display().to_string()).collect()
}

/// README.md and the pages of the manual.
fn documents() -> Vec<String> {
    let others = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned);
    let bindings = ["go", "csharp", "swift"].map(|language| format!("bindings/{language}/README.md"));
    files("docs", "md").into_iter().chain(others).chain(bindings).collect()
}

#[test]
fn the_c_code_of_the_documents_stands_in_the_examples() {
    let examples: Vec<_> = files("examples-c", "c").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for document in documents() {
        for block in blocks(&document, "c") {
            let is_shown = examples.iter().any(|example| example.contains(block.trim_end()));
            assert!(is_shown, "{document}: not in any example:\n{block}");
        }
    }
}

#[test]
fn each_topic_has_a_page_with_an_example() {
    let index = fs::read_to_string("docs/README.md").unwrap();
    for page in ["conventions", "processes", "event-loops", "programs", "files", "keys", "mcp", "tls", "errors"] {
        assert!(index.contains(&format!("]({page}.md)")), "docs/README.md does not list {page}.md");
        assert!(!blocks(&format!("docs/{page}.md"), "c").is_empty(), "docs/{page}.md shows no example");
    }
}

#[test]
fn the_page_of_the_errors_has_every_status_with_its_number() {
    let page = fs::read_to_string("docs/errors.md").unwrap();
    let types = fs::read_to_string("src/abi/types.rs").unwrap();
    let constants = types.lines().filter_map(|line| line.strip_prefix("pub const PIE_")?.strip_suffix(';'));
    let statuses = constants
        .filter_map(|constant| constant.split_once(": i32 = "))
        .filter(|(name, _)| name.starts_with("E_") || ["OK", "EMPTY", "INTERRUPTED", "END"].contains(name));
    let missing: Vec<_> =
        statuses.filter(|(name, number)| !page.contains(&format!("| `PIE_{name}` | {number} |"))).collect();
    assert!(missing.is_empty(), "docs/errors.md lacks {missing:?}");
}

#[test]
fn the_links_of_the_documents_lead_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let folder = Path::new(&document).parent().unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        for link in prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let target = link.split('#').next().unwrap();
            let inside = !target.is_empty() && !target.contains("://");
            assert!(!inside || folder.join(target).exists(), "{document}: {link}");
        }
    }
}

/// Each row of the table of faults names tests that are there.
#[test]
fn each_fault_has_a_test() {
    let page = fs::read_to_string("docs/reliability.md").unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault"));
    let run = fs::read_to_string("tests/c/run").unwrap();
    let named = run.lines().find_map(|line| line.strip_prefix("NAMED = ")).unwrap();
    let commands = ["tests/run-all", "tests/half_open", "tests/sanitizers", "tests/symbols"];
    let of_the_archive = run.split_once("STATIC = (").unwrap().1.split(')').next().unwrap();
    let commands = commands.map(|path| fs::read_to_string(path).unwrap()).concat() + of_the_archive;
    for row in rows {
        let tests = words(row.rsplit('|').nth(1).unwrap());
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            let places = [format!("tests/c/{test}.c"), format!("tests/c/{test}"), test.to_owned()];
            assert!(places.iter().any(|place| Path::new(place).exists()), "{test} does not exist: {row}");
            let is_run = !named.contains(&format!("\"{test}\"")) || uses(&commands, test);
            assert!(is_run, "nothing runs {test}: {row}");
        }
    }
}

/// The words in backticks of a table's cell.
fn words(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// A C file without its comments, which may name what they like.
fn code(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|_| panic!("{path} does not exist"));
    let mut parts = text.split("/*");
    let before = parts.next().unwrap_or_default();
    parts.fold(before.to_owned(), |code, part| code + part.split_once("*/").map_or("", |(_, rest)| rest))
}

/// Whether a name stands there as a whole, not as the beginning or the end of a longer one.
fn uses(code: &str, name: &str) -> bool {
    let continues = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(continues) && !code[at + name.len()..].starts_with(continues))
}

#[test]
fn each_row_of_the_other_clients_names_a_test_that_does_it() {
    let page = fs::read_to_string("docs/for-python-and-js-users.md").unwrap();
    let rows: Vec<Vec<_>> =
        page.lines().map(|line| line.split(" | ").collect()).filter(|row: &Vec<_>| row.len() == 6).collect();
    let rows: Vec<_> = rows.iter().filter(|row| row[5].contains('`')).collect();
    assert!(rows.len() > 40);
    let harness = code("tests/c/harness.c");
    for row in rows {
        let named = words(row[5])[0];
        let test = if named.contains('/') { named.to_owned() } else { format!("tests/c/{named}.c") };
        let (source, names) = (code(&test), words(row[4]));
        // What the row is about is done by the test itself; what else it takes may be what all tests share.
        assert!(names.first().is_some_and(|main| uses(&source, main)), "{test} does not do it: {row:?}");
        for name in names.iter().filter(|name| ["pie_", "PIE_"].iter().any(|prefix| name.starts_with(prefix))) {
            assert!(uses(&source, name) || uses(&harness, name), "{test} does not use {name}: {row:?}");
        }
    }
}

fn options_table() -> String {
    // SAFETY: a text that lives for ever.
    let text = unsafe { CStr::from_ptr(pie_client::abi::pie_options_describe()) };
    let rows: Vec<Value> = serde_json::from_str(text.to_str().unwrap()).unwrap();
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string().replace('"', ""), str::to_owned);
    let row = |row: &Value| {
        let cells = ["key", "default", "range", "served", "meaning"].map(|key| cell(&row[key]).replace('|', "\\|"));
        format!("| `{}` | {} | {} | {} | {} |", cells[0], cells[1], cells[2], cells[3], cells[4])
    };
    let lines: Vec<_> = rows.iter().map(row).collect();
    format!("| key | default | values | served | meaning |\n|---|---|---|---|---|\n{}\n", lines.join("\n"))
}

#[test]
fn the_page_of_the_options_is_the_options_table() {
    const PAGE: &str = "docs/options.md";
    let page = fs::read_to_string(PAGE).unwrap();
    let introduction = page.split("| key |").next().unwrap();
    let wanted = format!("{introduction}{}", options_table());
    if std::env::var_os("PIE_UPDATE_HEADER").is_some() {
        fs::write(PAGE, &wanted).unwrap();
    }
    assert!(fs::read_to_string(PAGE).unwrap() == wanted, "{PAGE} is not what the table says; run `make header`");
}
