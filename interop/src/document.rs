//! The commands of a page of docs: what stands in its blocks of shell.

/// The blocks of a Markdown text in a language, each with its lines.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match &mut open {
            None if line == opening => open = Some(String::new()),
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some(block) => *block += &format!("{line}\n"),
            None => {}
        }
    }
    assert!(open.is_none(), "a block that does not end");
    blocks
}
