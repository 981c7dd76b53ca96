//! Puts what stands above a conversation at the head of a prompt, because the protocol has no other place for it.
//! PURE. Changes no word of either.

/// What an agent is sent. `told` says whether the conversation knows these very instructions; none, that it knows none
/// as far as we know.
pub(super) fn compose(system: &str, told: Option<bool>, prompt: &str) -> String {
    match told {
        _ if system.trim().is_empty() => plain(prompt),
        Some(true) => plain(prompt),
        Some(false) => format!(
            "# Your instructions\n\nThey changed. From now on these hold, in place of all earlier ones.\n\n{system}\n\n\
             # The table\n\n{prompt}"
        ),
        None => format!("# Your instructions\n\n{system}\n\n# The table\n\n{prompt}"),
    }
}

/// A prompt that begins like a command of the agent's own (`/clear`, `!ls`, `@file`) is not to be taken for one.
fn plain(prompt: &str) -> String {
    if prompt.trim_start().starts_with(['/', '!', '@', '#', '$']) {
        return format!("The table:\n\n{prompt}");
    }
    prompt.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_sent_when_they_are_new_and_never_twice() {
        insta::assert_snapshot!(compose("Be brief.", None, "Hello"), @r"
        # Your instructions

        Be brief.

        # The table

        Hello
        ");
        assert_eq!(compose("Be brief.", Some(true), "Hello"), "Hello");
        assert!(compose("Be long.", Some(false), "Hello").contains("in place of all earlier ones.\n\nBe long."));
    }

    #[test]
    fn a_prompt_is_never_a_command_of_the_agents() {
        assert_eq!(compose("", None, "/clear"), "The table:\n\n/clear");
        assert_eq!(compose("Be brief.", Some(true), " !ls"), "The table:\n\n !ls");
    }
}
