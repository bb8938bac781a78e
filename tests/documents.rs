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

#[test]
fn the_c_code_of_the_documents_stands_in_the_examples() {
    let examples: Vec<_> = files("examples-c", "c").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let documents = files("docs", "md").into_iter().chain(["README.md".to_owned()]);
    let shown: Vec<_> = documents.flat_map(|document| blocks(&document, "c")).collect();
    assert!(shown.len() > 1);
    for block in shown {
        assert!(examples.iter().any(|example| example.contains(block.trim_end())), "not in any example:\n{block}");
    }
}

#[test]
fn the_links_of_the_documents_lead_somewhere() {
    for document in files("docs", "md").into_iter().chain(["README.md".to_owned()]) {
        let text = fs::read_to_string(&document).unwrap();
        let folder = Path::new(&document).parent().unwrap();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let target = link.split('#').next().unwrap();
            let inside = !target.is_empty() && !target.contains("://");
            assert!(!inside || folder.join(target).exists(), "{document}: {link}");
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
