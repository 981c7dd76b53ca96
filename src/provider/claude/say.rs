//! The lines that are said to the CLI while it runs.
//! PURE. What people wrote stands in a JSON string, so it can be nothing but text.

use serde_json::json;

use crate::provider::Picture;

/// A turn's prompt, with the pictures that belong to it.
pub(super) fn prompt(text: &str, pictures: &[Picture]) -> String {
    let mut content = vec![json!({"type": "text", "text": text})];
    content.extend(pictures.iter().map(|picture| {
        json!({"type": "image", "source": {"type": "base64", "media_type": picture.kind, "data": picture.base64()}})
    }));
    line(&json!({"type": "user", "message": {"role": "user", "content": content}}))
}

/// The wish that the turn ends now. It answers with a result that tells what was spent.
pub(super) fn interrupt() -> String {
    line(&json!({"type": "control_request", "request_id": "interrupt", "request": {"subtype": "interrupt"}}))
}

fn line(value: &serde_json::Value) -> String {
    format!("{value}\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn pictures_go_in_behind_the_words() {
        let picture = Picture { path: "/t/attachments/1-a.png".into(), kind: "image/png", bytes: Arc::from(*b"abc") };
        insta::assert_snapshot!(prompt("PROMPT", &[picture]).trim_end(), @r#"{"message":{"content":[{"text":"PROMPT","type":"text"},{"source":{"data":"YWJj","media_type":"image/png","type":"base64"},"type":"image"}],"role":"user"},"type":"user"}"#);
    }

    #[test]
    fn a_prompt_of_many_lines_is_one_line() {
        let said = prompt("one\n{\"type\":\"control_request\"}\n", &[]);
        assert_eq!(said.lines().count(), 1);
        let read: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(read["message"]["content"][0]["text"], "one\n{\"type\":\"control_request\"}\n");
    }
}
