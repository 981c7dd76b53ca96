//! What recorded lines of the real CLIs show of the contract. The decoders' own tests read every transcript under
//! `tests/fixtures` and hold what they tell to the snapshots beside it; here stands which snapshot shows which case,
//! and by what words.

use std::path::Path;

use super::cases::Case::{self, *};
use super::subject::Subject::{self, *};

/// The subject, the case, the snapshot and words in it.
const SHOWN: &[(Subject, Case, &str, &str)] = &[
    (Claude, FirstTurn, "claude/plain", "prior_user_turns=0"),
    (Claude, Resume, "claude/resume", "prior_user_turns=1"),
    (Claude, Restart, "claude/resume_other_cwd", "prior_user_turns="),
    (Claude, BadResumeId, "claude/resume_bad_id", "kind: SessionLost"),
    (Claude, Withdrawn, "claude/stream_cut_then_ok", "Withdrawn {"),
    (Claude, Broken, "claude/stream_eof", "kind: BrokenStream"),
    (Claude, Empty, "claude/empty_reply", "kind: Empty"),
    (Claude, SignInEnded, "claude/api_401", "kind: NotSignedIn"),
    (Claude, NoCredit, "claude/api_400_credit", "kind: NoCredit"),
    (Claude, Limit, "claude/api_429", "kind: LimitReached"),
    (Claude, Overloaded, "claude/api_529", "kind: Overloaded"),
    (Claude, TooLong, "claude/api_400_context_too_long", "kind: TooLong"),
    (Claude, UnknownModel, "claude/api_404_unknown_model", "kind: UnknownModel"),
    (Claude, Tokens, "claude/resume", "tokens_in: Some(12345), tokens_out: Some(18)"),
    (Claude, Cost, "claude/resume", "cost_micros: Some(49740)"),
    (Claude, NoTools, "claude/tool_denied", "ToolDenied {"),
    (Codex, FirstTurn, "codex/app_server_two_turns", "prior_user_turns=0"),
    (Codex, Resume, "codex/app_server_two_turns", "prior_user_turns=1"),
    (Codex, Restart, "codex/app_server_resume", "prior_user_turns=4"),
    (Codex, BadResumeId, "codex/app_server_resume_bad_id", "refused (SessionLost)"),
    (Codex, Withdrawn, "codex/app_server_stream_cut_then_ok", "Withdrawn {"),
    (Codex, Broken, "codex/app_server_stream_cut", "kind: BrokenStream"),
    (Codex, Empty, "codex/app_server_empty_reply", "kind: Empty"),
    (Codex, SignInEnded, "codex/app_server_error_401", "kind: NotSignedIn"),
    (Codex, NoCredit, "codex/app_server_no_credit", "kind: NoCredit"),
    (Codex, Limit, "codex/app_server_error_429", "kind: LimitReached"),
    (Codex, Overloaded, "codex/app_server_error_500", "kind: Overloaded"),
    (Codex, TooLong, "codex/app_server_context_too_long", "kind: TooLong"),
    (Codex, UnknownModel, "codex/app_server_unknown_model", "kind: UnknownModel"),
    (Codex, Tokens, "codex/app_server_two_turns", "tokens_in: Some(9590), tokens_out: Some(15)"),
    (Codex, NoTools, "codex/app_server_approval", "\"decision\":\"decline\""),
    (Gemini, FirstTurn, "acp/gemini_two_turns", "prior_user_turns=0"),
    (Gemini, Resume, "acp/gemini_two_turns", "prior_user_turns=1"),
    (Gemini, Restart, "acp/gemini_load_and_errors", "prior_user_turns=2"),
    (Gemini, BadResumeId, "acp/gemini_load_and_errors", "kind: SessionLost"),
    (Gemini, Withdrawn, "acp/gemini_cut", "Withdrawn {"),
    (Gemini, Broken, "acp/gemini_cut", "kind: BrokenStream"),
    (Gemini, SignInEnded, "acp/gemini_load_and_errors", "kind: NotSignedIn"),
    (Gemini, Tokens, "acp/gemini_two_turns", "tokens_in: Some(11569), tokens_out: Some(15)"),
    (Gemini, NoTools, "acp/gemini_tool", "ToolDenied {"),
    (Opencode, FirstTurn, "acp/opencode_two_turns", "prior_user_turns=0"),
    (Opencode, Resume, "acp/opencode_two_turns", "prior_user_turns=1"),
    (Opencode, Restart, "acp/opencode_load_and_errors", "prior_user_turns=2"),
    (Opencode, BadResumeId, "acp/opencode_load_and_errors", "kind: SessionLost"),
    (Opencode, SignInEnded, "acp/opencode_load_and_errors", "kind: NotSignedIn"),
    (Opencode, Tokens, "acp/opencode_two_turns", "tokens_in: Some(7702), tokens_out: Some(15)"),
    (Opencode, Cost, "acp/opencode_two_turns", "cost_micros: Some(7732)"),
    (Qwen, FirstTurn, "acp/qwen_two_turns", "prior_user_turns=0"),
    (Qwen, Resume, "acp/qwen_two_turns", "prior_user_turns=1"),
    (Qwen, Restart, "acp/qwen_load_and_errors", "prior_user_turns=2"),
    (Qwen, BadResumeId, "acp/qwen_load_and_errors", "kind: SessionLost"),
    (Qwen, SignInEnded, "acp/qwen_load_and_errors", "kind: NotSignedIn"),
    (Qwen, Tokens, "acp/qwen_two_turns", "tokens_in: Some(20425), tokens_out: Some(15)"),
    (Droid, FirstTurn, "droid/two_turns", "prior_user_turns=0"),
    (Droid, Resume, "droid/two_turns", "prior_user_turns=1"),
    (Droid, Restart, "droid/load", "prior_user_turns=8"),
    (Droid, BadResumeId, "droid/load_bad_id", "kind: SessionLost"),
    (Droid, Withdrawn, "droid/many", "Withdrawn {"),
    (Droid, SignInEnded, "droid/many", "kind: NotSignedIn"),
    (Droid, Tokens, "droid/two_turns", "tokens_in: Some(13308), tokens_out: Some(15)"),
    (Droid, NoTools, "droid/many", "ToolDenied {"),
    (Any, FirstTurn, "acp/acp_claude_two_turns", "prior_user_turns=0"),
    (Any, Resume, "acp/acp_claude_two_turns", "prior_user_turns=1"),
    (Any, Restart, "acp/acp_codex_load_and_errors", "prior_user_turns=2"),
    (Any, BadResumeId, "acp/acp_codex_load_and_errors", "kind: SessionLost"),
    (Any, SignInEnded, "acp/acp_claude_load_and_errors", "kind: NotSignedIn"),
];

/// Whether a transcript shows it.
pub fn is_shown(subject: Subject, case: Case) -> bool {
    SHOWN.iter().any(|(own, shown, ..)| (*own, *shown) == (subject, case))
}

/// Panics unless the snapshot has the words.
pub fn check(subject: Subject, case: Case) {
    let (_, _, name, words) = SHOWN.iter().find(|(own, shown, ..)| (*own, *shown) == (subject, case)).unwrap();
    let (folder, name) = name.split_once('/').unwrap();
    let path = format!("tests/fixtures/{folder}/snapshots/{name}.snap");
    let snapshot = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
    assert!(snapshot.contains(words), "{words:?} does not stand in {path}");
}
