use super::*;
use crate::domain::{ModelName, ProviderName, Session, Tale, TurnNo};
use crate::provider::Hand;
use crate::provider::asking::{Asking, answers};

fn order() -> TurnOrder {
    TurnOrder {
        table: "t".into(),
        turn: TurnNo::new(1),
        system: "PERSONA".into(),
        prompt: "PROMPT".into(),
        resume: None,
        model: None,
        allowed_tools: Vec::new(),
        asking: None,
        folder: "/".into(),
        budget_micros: None,
        language: "en".into(),
        tale: Tale::default(),
        said: Vec::new(),
        pictures: Vec::new(),
        hand: Hand::new().0,
        tools: None,
    }
}

fn host() -> HostConfig {
    HostConfig {
        own_provider: Some("mine".into()),
        mcp_servers: vec!["notes".into(), "a.b".into()],
        ..HostConfig::default()
    }
}

fn shown((method, params): (&str, Value)) -> String {
    format!("{method} {params:#}")
}

#[test]
fn a_first_turn_has_a_persona_and_no_tools() {
    insta::assert_snapshot!(shown(conversation(&order(), &host())), @r#"
        thread/start {
          "approvalPolicy": "never",
          "baseInstructions": "PERSONA",
          "config": {
            "features.apps": false,
            "features.goals": false,
            "features.hooks": false,
            "features.image_generation": false,
            "features.multi_agent": false,
            "features.plugins": false,
            "features.shell_tool": false,
            "features.skill_search": false,
            "features.tool_suggest": false,
            "features.unbounded_connection_retries": false,
            "features.unified_exec": false,
            "features.view_image": false,
            "include_apps_instructions": false,
            "include_collaboration_mode_instructions": false,
            "include_environment_context": false,
            "include_permissions_instructions": false,
            "mcp_servers": {
              "a.b": {
                "enabled": false
              },
              "notes": {
                "enabled": false
              }
            },
            "model_providers": {
              "mine": {
                "request_max_retries": 1,
                "stream_idle_timeout_ms": 120000,
                "stream_max_retries": 2
              }
            },
            "skills.include_instructions": false,
            "web_search": "disabled"
          },
          "cwd": "/",
          "sandbox": "read-only"
        }
        "#);
}

#[test]
fn the_games_own_tools_are_named_with_their_token_and_need_nobodys_leave() {
    let access = ToolAccess { url: "http://127.0.0.1:1/mcp".into(), token: "T".to_owned().into(), names: vec![] };
    let order = TurnOrder { tools: Some(access), ..order() };
    let servers = |host: &HostConfig| conversation(&order, host).1["config"]["mcp_servers"].clone();
    let own = json!({"url": "http://127.0.0.1:1/mcp", "http_headers": {"Authorization": "Bearer T"},
            "default_tools_approval_mode": "approve"});
    assert_eq!(servers(&HostConfig::default()), json!({"table": own}));
    let taken = HostConfig { mcp_servers: vec!["table".into()], ..HostConfig::default() };
    assert_eq!(servers(&taken), json!({"table": {"enabled": false}}), "the host's server is not mixed with ours");
}

#[test]
fn a_later_turn_with_tools_keeps_the_clis_own_instructions() {
    let order = TurnOrder {
        resume: Some(Session { provider: ProviderName::new("codex"), id: "ID".into() }),
        model: Some(ModelName::new("gpt-5.5")),
        allowed_tools: ["exec_command", "apply_patch", "web_search", "mcp__notes"].map(str::to_owned).into(),
        ..order()
    };
    insta::assert_snapshot!(shown(conversation(&order, &host())), @r#"
        thread/resume {
          "approvalPolicy": "never",
          "config": {
            "features.apps": false,
            "features.goals": false,
            "features.hooks": false,
            "features.image_generation": false,
            "features.multi_agent": false,
            "features.plugins": false,
            "features.skill_search": false,
            "features.tool_suggest": false,
            "features.unbounded_connection_retries": false,
            "features.view_image": false,
            "mcp_servers": {
              "a.b": {
                "enabled": false
              }
            },
            "model_providers": {
              "mine": {
                "request_max_retries": 1,
                "stream_idle_timeout_ms": 120000,
                "stream_max_retries": 2
              }
            }
          },
          "cwd": "/",
          "excludeTurns": true,
          "model": "gpt-5.5",
          "sandbox": "workspace-write",
          "threadId": "ID"
        }
        "#);
    insta::assert_snapshot!(shown(turn(&order, "ID", Some("gpt-5.5"), Joined::No)), @r#"
        turn/start {
          "collaborationMode": {
            "mode": "default",
            "settings": {
              "developer_instructions": "PERSONA",
              "model": "gpt-5.5",
              "reasoning_effort": null
            }
          },
          "input": [
            {
              "text": "PROMPT",
              "type": "text"
            }
          ],
          "threadId": "ID"
        }
        "#);
}

#[test]
fn a_conversation_that_was_open_still_gets_the_persona_with_the_prompt() {
    let open = json!({"thread": {"status": {"type": "systemError"}}});
    let (_, params) = turn(&order(), "ID", None, Joined::read(&open));
    assert_eq!(params["input"][0]["text"], "PERSONA\n\nPROMPT");
    let anew = json!({"thread": {"status": {"type": "idle"}}});
    let (_, params) = turn(&order(), "ID", None, Joined::read(&anew));
    assert_eq!(params["input"][0]["text"], "PROMPT");
}

#[test]
fn what_people_are_asked_for_first_may_change_the_folder_and_nothing_else_may() {
    let asking = |every_tool| Some(Asking { answers: answers().1, every_tool });
    let held = |order: TurnOrder| (approvals(&order), sandbox(&order));
    assert_eq!(held(order()), ("never", "read-only"));
    assert_eq!(held(TurnOrder { asking: asking(false), ..order() }), ("untrusted", "read-only"));
    assert_eq!(held(TurnOrder { asking: asking(true), ..order() }), ("untrusted", "workspace-write"));
    let allowed_tools = vec!["exec_command".to_owned()];
    let unasked = TurnOrder { asking: asking(true), allowed_tools, ..order() };
    assert_eq!(held(unasked), ("on-request", "read-only"), "commands run unasked, so they only look");
}

#[test]
fn a_line_is_one_line() {
    let written = call(7, "turn/start", &json!({"text": "one\ntwo\u{2028}"}));
    assert_eq!(written.matches('\n').count(), 1);
    assert!(written.ends_with("}\n"));
}

#[test]
fn a_key_alone_is_used_through_a_provider_of_our_own() {
    let host = HostConfig { key: Some("OPENAI_API_KEY"), ..HostConfig::default() };
    let settings = model_provider(&host);
    assert_eq!(settings["model_provider"], BY_KEY);
    assert_eq!(settings["model_providers"][BY_KEY]["env_key"], "OPENAI_API_KEY");
    assert_eq!(settings["model_providers"][BY_KEY]["base_url"], OPENAI_API);
    assert_eq!(model_provider(&HostConfig::default()), Map::new());
}

#[test]
fn every_question_for_leave_is_answered_with_no() {
    let answer = |method| refusal(&json!(3), method);
    insta::assert_snapshot!(
            ["item/commandExecution/requestApproval", "execCommandApproval", "item/tool/requestUserInput", "new/thing"]
                .map(answer).concat(), @r#"
            {"id":3,"result":{"decision":"decline"}}
            {"id":3,"result":{"decision":"denied"}}
            {"id":3,"result":{"answers":{}}}
            {"error":{"code":-32601,"message":"not supported"},"id":3}
            "#);
}

#[test]
fn the_hosts_own_provider_is_told_from_a_built_in_one() {
    let config = |name: Value| json!({"config": {"model_provider": name, "model_providers": {"mine": {}}}});
    assert_eq!(HostConfig::read(&config(json!("mine"))).own_provider.as_deref(), Some("mine"));
    assert_eq!(HostConfig::read(&config(json!("openai"))).own_provider, None);
    assert_eq!(HostConfig::read(&config(Value::Null)), HostConfig::default());
}
