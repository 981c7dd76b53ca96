//! How each real CLI is pointed at the stub that stands in for its service: variables, and files of its own in its home.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::subject::Subject;

/// The model of droid's own settings that is the stub.
pub const DROIDS_MODEL: &str = "custom:Stub-A-0";

/// A model of its settings that the service does not know; any other name would be a matter of Factory's cloud.
pub const DROIDS_UNKNOWN_MODEL: &str = "custom:Gone-0";

/// What a CLI is given beside its files.
#[derive(Default)]
pub struct Pointed {
    /// What it finds in the environment of the whole program.
    pub seen: BTreeMap<String, String>,
    /// What the host's configuration sets for it.
    pub wished: BTreeMap<String, String>,
}

/// Writes its files into its home, and tells the rest.
pub fn pointed(subject: Subject, url: &str, home: &Path) -> Pointed {
    let mut own = Pointed::default();
    let mut see = |name: &str, value: &str| drop(own.seen.insert(name.into(), value.into()));
    let mut wish = |name: &str, value: &str| drop(own.wished.insert(name.into(), value.into()));
    match subject {
        Subject::Claude => {
            see("ANTHROPIC_BASE_URL", url);
            see("ANTHROPIC_API_KEY", "dummy");
            wish("CLAUDE_CODE_MAX_RETRIES", "1");
        }
        Subject::Codex => {
            let config = format!(
                "model = \"gpt-5.5\"\nmodel_provider = \"stub\"\n[model_providers.stub]\nname = \"Stub\"\n\
                 base_url = \"{url}/v1\"\nenv_key = \"STUB_KEY\"\nwire_api = \"responses\"\n"
            );
            write(&home.join(".codex/config.toml"), &config);
            wish("STUB_KEY", "dummy");
        }
        Subject::Gemini => {
            see("GEMINI_API_KEY", "dummy");
            see("GOOGLE_GEMINI_BASE_URL", url);
            wish("GEMINI_TELEMETRY_ENABLED", "false");
        }
        Subject::Opencode => {
            let model = json!({"name": "chat-stub", "cost": {"input": 1, "output": 2},
                "limit": {"context": 200_000, "output": 8000}});
            let provider = json!({"npm": "@ai-sdk/openai-compatible", "name": "Stub",
                "options": {"baseURL": format!("{url}/v1"), "apiKey": "dummy"},
                "models": {"chat-stub": model, "no-such-model-9": {"name": "gone"}}});
            let config = json!({"model": "stub/chat-stub", "provider": {"stub": provider}});
            write(&home.join(".config/opencode/opencode.json"), &config.to_string());
            wish("OPENCODE_DISABLE_MODELS_FETCH", "1");
        }
        Subject::Qwen => {
            see("OPENAI_API_KEY", "dummy");
            see("OPENAI_BASE_URL", &format!("{url}/v1"));
            see("OPENAI_MODEL", "chat-stub");
        }
        Subject::Droid => {
            // It is its cloud as well, and knows no session, so what is loaded comes from the disk.
            let model = |id: &str, name: &str| {
                json!({"model": name, "id": id, "index": 0, "baseUrl": url, "apiKey": "dummy",
                    "displayName": "Stub", "provider": "anthropic", "maxOutputTokens": 8000})
            };
            let models = [model(DROIDS_MODEL, "claude-stub"), model(DROIDS_UNKNOWN_MODEL, "no-such-model-9")];
            write(&home.join(".factory/settings.json"), &json!({"customModels": models}).to_string());
            see("FACTORY_API_BASE_URL", url);
        }
        Subject::Any | Subject::Oracle => {}
    }
    own
}

/// The model to ask for.
pub fn model(subject: Subject) -> Option<&'static str> {
    match subject {
        // Without a model its router asks another one first, and that one meets the directives too.
        Subject::Gemini => Some("gemini-3.8-flash"),
        Subject::Droid => Some(DROIDS_MODEL),
        _ => None,
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
