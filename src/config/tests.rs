//! The whole way from text to configuration, and the pages that describe it.
//! Units have their tests beside them.

use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

const EXAMPLE: &str = include_str!("../../config.example.yaml");
const PAGE: &str = include_str!("../../docs/configuration.md");

/// A folder with a `config.yaml`, and variables.
struct Host {
    folder: TempDir,
    env: Vec<(String, String)>,
}

impl Host {
    fn new(yaml: &str) -> Self {
        let host = Self::without_file();
        host.write("config.yaml", yaml);
        host
    }

    fn without_file() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn sources(&self) -> Sources {
        Sources { file: None, working_dir: self.folder.path().to_owned(), env: self.env.clone() }
    }

    fn config(&self) -> Config {
        load(&self.sources()).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn faults(&self) -> String {
        let folder = self.folder.path().display().to_string();
        load(&self.sources()).unwrap_err().to_string().replace(&folder, "FOLDER")
    }
}

fn token(config: &Config) -> &str {
    config.discord.token.as_ref().unwrap().expose_secret()
}

#[test]
fn nothing_at_all_is_a_configuration() {
    let host = Host::without_file();
    let config = host.config();
    assert_eq!(config.file, None);
    assert!(config.discord.token.is_none() && config.tables.is_empty() && config.providers.is_empty());
    assert_eq!(config.discord.api_url, "https://discord.com");
    assert_eq!(config.data_dir, host.folder.path().join("data"));
    assert_eq!(config.limits, Limits::default());
    assert_eq!(config.logging, Logging::default());
}

#[test]
fn every_fault_is_told_at_once_with_line_key_and_remedy() {
    let host = Host::new(
        r#"
discord:
  token: [MTIzNDU2]
  api_url: 12
data_dirr: ./data
tables:
  - name: Sunken Crown
    mood: grim
    mode: dark
    channel_id: "12a"
    budget: { per_turn_usd: -1, per_day_usd: lots }
  - name: two
    name: three
    channel_id: 77
    provider: clod
    workspace: ~/campaign
    allowed_tools: Read
  - name: two
    channel_id: "77"
  - model: --dangerous
  - just words
providers:
  my-agent:
    args: [serve, 8080]
    timeout: 5 minutes
    env: { "BAD NAME": x, FINE: 8 }
  claude: { warm: 65, models: [""] }
limits:
  running_turns: "4"
  shutdown: 10
  action: 1GB
logging: loud
"#,
    )
    .env("TALEKEEPER_LIMITS__WAITING_ACTIONS", "many")
    .env("TALEKEEPER_LIMITS__RUNING_TURNS", "2")
    .env("TALEKEEPER_TABELS", "[]")
    .env("TALEKEEPER_DRAGONS", "3")
    .env("TALEKEEPER_DEFAULTS", "{language: en, modle: x}")
    .env("DISCORD_TOKEN_FILE", "no-such-file");
    insta::assert_snapshot!(host.faults(), @r##"
    config.yaml has 33 faults:
      line 4, discord.api_url: found 12, expected a web address such as https://discord.com
      line 5, data_dirr: no such key, did you mean `data_dir`?
      line 7, tables[0].name: found "Sunken Crown", expected 1 to 48 lower-case letters, digits and hyphens, beginning with a letter or digit
      line 8, tables[0].mood: no such key, did you mean `mode`?
      line 9, tables[0].mode: found "dark", expected one of narrative, coding
      line 10, tables[0].channel_id: found "12a", expected a channel's id, a number of about 18 digits in quotes
      line 11, tables[0].budget.per_turn_usd: found -1, expected an amount of US dollars above 0, such as 0.50
      line 11, tables[0].budget.per_day_usd: found "lots", expected an amount of US dollars above 0, such as 0.50
      line 13, tables[1].name: given twice, the other is line 12; keep one
      line 15, tables[1].provider: found "clod", expected one of claude, codex, droid, gemini, my-agent, opencode, oracle, qwen, or one of your own under `providers`
      line 16, tables[1].workspace: found "~/campaign", expected a path, written out (`~` is not understood)
      line 17, tables[1].allowed_tools: found a text, expected a list such as [a, b], at most 1000 long
      line 18, tables[2].name: the same as tables[1].name, expected one of its own
      line 19, tables[2].channel_id: the same as tables[1].channel_id, expected one of its own
      line 20, tables[3].name: missing, expected 1 to 48 lower-case letters, digits and hyphens, beginning with a letter or digit
      line 20, tables[3].model: found "--dangerous", expected a model's name, not beginning with a hyphen
      line 21, tables[4]: found a text, expected a section with keys of its own
      line 23, providers.my-agent.driver: missing, expected one of claude, codex, acp, droid, oracle, since this name is not known for one
      line 24, providers.my-agent.args[1]: found 8080, expected a text; numbers stand in quotes
      line 25, providers.my-agent.timeout: found "5 minutes", expected a duration such as 90s or 5m, from 1ms to 1d
      line 26, providers.my-agent.env.BAD NAME: no such key, expected the name of a variable
      line 27, providers.claude.models[0]: found "", expected a model's name, not beginning with a hyphen
      line 27, providers.claude.warm: found 65, expected a whole number from 0 to 64
      line 29, limits.running_turns: found "4", expected a whole number from 1 to 64
      line 30, limits.shutdown: found 10, expected a duration such as 90s or 5m, from 1ms to 10m
      line 31, limits.action: found "1GB", expected a size such as 64KB or 10MB, from 1KB to 1MB
      line 32, logging: found a text, expected a section with keys of its own
      DISCORD_TOKEN_FILE: there is no such file (relative paths begin at FOLDER)
      TALEKEEPER_DEFAULTS, defaults.modle: no such key, did you mean `model`?
      TALEKEEPER_DRAGONS: no such variable, expected TALEKEEPER_ and a key, its levels joined by __
      TALEKEEPER_LIMITS__RUNING_TURNS: no such variable, did you mean `TALEKEEPER_LIMITS__RUNNING_TURNS`?
      TALEKEEPER_LIMITS__WAITING_ACTIONS: found "many", expected a whole number from 1 to 10000
      TALEKEEPER_TABELS: no such variable, did you mean `TALEKEEPER_TABLES`?
    "##);
}

#[test]
fn a_named_file_that_is_not_there_is_a_fault_and_an_unnamed_one_is_not() {
    let host = Host::without_file();
    let named = Sources { file: Some("typo.yaml".into()), ..host.sources() };
    insta::assert_snapshot!(load(&named).unwrap_err(), @r##"
    typo.yaml has 1 fault:
      there is no such file
    "##);
    let host = host.env("TALEKEEPER_CONFIG", "other.yaml");
    insta::assert_snapshot!(host.faults(), @r##"
    other.yaml has 1 fault:
      there is no such file
    "##);
    host.write("other.yaml", "data_dir: here");
    assert_eq!(host.config().data_dir, host.folder.path().join("here"));
}

#[test]
fn broken_yaml_says_the_line_and_column() {
    let host = Host::new("discord:\n  token: x\n api_url: y\n").env("TALEKEEPER_NO_SUCH", "1");
    insta::assert_snapshot!(host.faults(), @r##"
    config.yaml has 2 faults:
      line 3, column 2: not valid YAML: while parsing a block mapping, did not find expected key
      TALEKEEPER_NO_SUCH: no such variable, expected TALEKEEPER_ and a key, its levels joined by __
    "##);
}

#[test]
fn a_file_that_is_no_section_is_refused_and_an_empty_one_is_fine() {
    insta::assert_snapshot!(Host::new("- a\n- b\n").faults(), @r##"
    config.yaml has 1 fault:
      found a list, expected keys such as discord, tables and providers
    "##);
    for empty in ["", "# nothing\n", "discord:\ntables:\nlimits:\nproviders:\n", "\u{feff}data_dir: ./data\n"] {
        assert_eq!(Host::new(empty).config().limits, Limits::default(), "{empty:?}");
    }
    let host = Host::without_file();
    fs::write(host.folder.path().join("config.yaml"), b"\xff\xfe").unwrap();
    insta::assert_snapshot!(host.faults(), @r##"
    config.yaml has 1 fault:
      the file is not UTF-8 text
    "##);
    host.write("config.yaml", &"#".repeat(2 << 20));
    insta::assert_snapshot!(host.faults(), @r##"
    config.yaml has 1 fault:
      the file is longer than 1048576 bytes
    "##);
}

#[test]
fn an_alias_bomb_is_a_fault() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [previous.as_str(); 9].join(", ")));
    }
    let faults = Host::new(&bomb).faults();
    assert!(faults.contains("not valid YAML"), "{faults}");
}

#[test]
fn a_table_keeps_everything_that_is_written() {
    let host = Host::new(
        r#"
tables:
  - name: sunken-crown
    channel_id: "123456789012345678"
    provider: my-agent
    model: opus
    mode: coding
    workspace: campaigns/crown
    system_prompt: |
      Low fantasy.
      No gore.
    allowed_tools: [Read]
    characters: [mira, tomas]
    language: no
    budget: { per_turn_usd: 0.50, per_day_usd: 5 }
    listen: all
  - { name: bare, channel_id: 9 }
providers:
  my-agent: { driver: acp, command: bin/agent, args: [], env: { PORT: 0080, EMPTY: "" }, timeout: 90s, warm: 2 }
"#,
    );
    let config = host.config();
    let [crown, bare] = config.tables.as_slice() else { panic!("{:?}", config.tables) };
    assert_eq!((crown.name.as_str(), crown.channel_id), ("sunken-crown", Some(123_456_789_012_345_678)));
    assert_eq!((crown.mode, crown.listen), (Mode::Coding, Listen::All));
    assert_eq!(crown.workspace, Some(host.folder.path().join("campaigns/crown")));
    assert_eq!(crown.system_prompt.as_deref(), Some("Low fantasy.\nNo gore.\n"));
    assert_eq!((crown.allowed_tools.as_slice(), crown.characters.len()), (["Read".to_owned()].as_slice(), 2));
    assert_eq!(crown.language.as_deref(), Some("no"));
    assert_eq!(crown.budget, Budget { per_turn_usd: Some(0.5), per_day_usd: Some(5.0), ..Budget::default() });
    assert_eq!((bare.channel_id, bare.mode, bare.listen), (Some(9), Mode::Narrative, Listen::Mention));

    let agent = config.provider(&ProviderName::new("my-agent")).unwrap();
    assert_eq!((agent.driver, agent.timeout, agent.warm), (Driver::Acp, Duration::from_secs(90), 2));
    assert_eq!(agent.command, host.folder.path().join("bin/agent").to_str().map(str::to_owned));
    assert_eq!((agent.env["PORT"].expose_secret(), agent.env["EMPTY"].expose_secret()), ("0080", ""));
    assert_eq!(config.provider(&ProviderName::new("qwen")).unwrap().driver, Driver::Acp);
    assert!(config.provider(&ProviderName::new("stranger")).is_none());
}

#[test]
fn the_environment_wins_over_the_file() {
    let host = Host::new("data_dir: a\ndiscord: {api_url: 'http://one/'}\nlimits: {running_turns: 3, shutdown: 5s}\n")
        .env("TALEKEEPER_DATA_DIR", "b/c")
        .env("TALEKEEPER_LIMITS", "{running_turns: 9, action: 2KB}")
        .env("TALEKEEPER_LIMITS__RUNNING_TURNS", "2")
        .env("TALEKEEPER_TABLES", r#"[{name: den, channel_id: "5", characters: [mira]}]"#)
        .env("TALEKEEPER_LOGGING__LEVEL", "debug")
        .env("TALEKEEPER_DEFAULTS__MODEL", "4")
        .env("TALEKEEPER_DEFAULTS__LANGUAGE", "")
        .env("PATH", "/bin");
    let config = host.config();
    assert_eq!(config.data_dir, host.folder.path().join("b/c"));
    assert_eq!(config.discord.api_url, "http://one");
    assert_eq!((config.limits.running_turns, config.limits.action), (2, 2_000));
    assert_eq!(config.limits.shutdown, Duration::from_secs(5));
    assert_eq!(config.tables[0].channel_id, Some(5));
    assert_eq!(config.logging.level, Level::Debug);
    assert_eq!(config.defaults.model, Some(ModelName::new("4")));
    assert_eq!(config.defaults.language, "en");
}

#[test]
fn relative_paths_begin_at_the_file_that_holds_them() {
    let host = Host::without_file().env("TALEKEEPER_DISCORD__TOKEN_FILE", "secret.txt");
    fs::create_dir(host.folder.path().join("etc")).unwrap();
    host.write("secret.txt", "s3cret");
    host.write("etc/tale.yaml", "tables: [{name: den, workspace: ./den}]");
    let config = load(&Sources { file: Some("etc/tale.yaml".into()), ..host.sources() }).unwrap();
    assert_eq!(config.file, Some(host.folder.path().join("etc/tale.yaml")));
    assert_eq!(config.data_dir, host.folder.path().join("etc/data"));
    assert_eq!(config.tables[0].workspace, Some(host.folder.path().join("etc/den")));
    assert_eq!(token(&config), "s3cret");
}

#[test]
fn a_variable_that_means_nothing_says_what_could_be_meant() {
    let host = Host::without_file()
        .env("TALEKEEPER_", "1")
        .env("TALEKEEPER_TABLES__0__NAME", "den")
        .env("TALEKEEPER_PROVIDERS__CLAUDE__TIMEOT", "5m")
        .env("TALEKEEPER_PROVIDERS__MINE__COMMAND", "agent")
        .env("TALEKEEPER_LOGGING", "{level: info, level: warn}")
        .env("TALEKEEPER_LIMITS", "{action: [}")
        .env("TALEKEEPER_DISCORD__API_URL", "\u{fffd}");
    insta::assert_snapshot!(host.faults(), @r##"
    the environment has 7 faults:
      TALEKEEPER_: no such variable, expected TALEKEEPER_ and a key, its levels joined by __
      TALEKEEPER_DISCORD__API_URL: the value is not UTF-8 text
      TALEKEEPER_LIMITS: not valid YAML: mismatched bracket '[' closed by '}'
      TALEKEEPER_LOGGING: given twice, the other is logging.level; keep one
      TALEKEEPER_PROVIDERS__CLAUDE__TIMEOT: no such variable, did you mean `TALEKEEPER_PROVIDERS__CLAUDE__TIMEOUT`?
      TALEKEEPER_PROVIDERS__MINE__COMMAND, providers.mine.driver: missing, expected one of claude, codex, acp, droid, oracle, since this name is not known for one
      TALEKEEPER_TABLES__0__NAME: no such variable, expected TALEKEEPER_TABLES
    "##);
}

#[test]
fn a_file_of_nothing_but_faults_is_not_listed_to_its_end() {
    let strangers: String = (0..500).map(|n| format!("stranger{n}: 1\n")).collect();
    let faults = Host::new(&strangers).faults();
    assert!(faults.starts_with("config.yaml has 500 faults:"), "{faults}");
    assert!(faults.ends_with("and 400 more"), "{faults}");
}

#[test]
fn a_variable_finds_its_provider_and_keeps_the_case_of_its_own_variables() {
    let host = Host::new("providers: {my-agent: {driver: acp, command: agent}}\n")
        .env("TALEKEEPER_PROVIDERS__MY_AGENT__ARGS", "[serve, '--port', '80']")
        .env("TALEKEEPER_PROVIDERS__CLAUDE__ENV__ANTHROPIC__API_KEY", "0012")
        .env("TALEKEEPER_PROVIDERS__CLAUDE__MODELS", "[haiku]")
        .env("TALEKEEPER_PROVIDERS__CLAUDE__ENV__SSL_CERT_FILE", "/etc/cert.pem");
    let config = host.config();
    let args = config.providers[&ProviderName::new("my-agent")].args.clone();
    assert_eq!(args.unwrap(), ["serve", "--port", "80"]);
    let claude = &config.providers[&ProviderName::new("claude")];
    assert_eq!(claude.env["ANTHROPIC__API_KEY"].expose_secret(), "0012");
    assert_eq!(claude.env["SSL_CERT_FILE"].expose_secret(), "/etc/cert.pem");
    assert_eq!(claude.models, [ModelName::new("haiku")]);
}

#[test]
fn a_token_of_digits_stays_text_wherever_it_stands() {
    let digits = "11234567890123456789012345678901234567890123456789";
    assert_eq!(token(&Host::new(&format!("discord: {{token: {digits}}}")).config()), digits);
    assert_eq!(token(&Host::without_file().env("DISCORD_TOKEN", digits).config()), digits);
    assert_eq!(token(&Host::without_file().env("TALEKEEPER_DISCORD__TOKEN", digits).config()), digits);
    let flow = format!("{{token: {digits}}}");
    assert_eq!(token(&Host::without_file().env("TALEKEEPER_DISCORD", &flow).config()), digits);
}

#[test]
fn secrets_come_from_files_too() {
    for name in ["DISCORD_TOKEN_FILE", "TALEKEEPER_DISCORD__TOKEN_FILE"] {
        // A token in the file gives way, in either form.
        for yaml in ["discord: {token: old}", "discord: {token_file: nowhere}", ""] {
            let host = Host::new(yaml).env(name, "secret.txt");
            host.write("secret.txt", "  s3cret\n");
            assert_eq!(token(&host.config()), "s3cret", "{name} {yaml}");
        }
    }
    let host = Host::new(
        "discord: {token_file: secret.txt}\nproviders: {claude: {env: {KEY_FILE: secret.txt, SSL_CERT_FILE: /c}}}",
    );
    host.write("secret.txt", "s3cret\n");
    let config = host.config();
    assert_eq!(token(&config), "s3cret");
    let env = &config.providers[&ProviderName::new("claude")].env;
    assert_eq!(env.keys().map(String::as_str).collect::<Vec<_>>(), ["KEY", "SSL_CERT_FILE"]);
    assert_eq!(env["KEY"].expose_secret(), "s3cret");
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn a_secret_that_cannot_be_had_is_a_fault_without_the_secret() {
    let host = Host::new(
        "discord: {token: '', token_file: }\nproviders:\n  claude:\n    env:\n      A_FILE: empty.txt\n      B_FILE: \
         MTIzNDU2\n      C: x\n      C_FILE: y\n      D: [hush]\n  codex: hush\n  droid: {env: hush}\n",
    );
    host.write("empty.txt", " \n");
    let faults = host.faults();
    insta::assert_snapshot!(faults, @r##"
    config.yaml has 7 faults:
      line 1, discord.token: found an empty text, expected a text, or no such key at all
      line 5, providers.claude.env.A_FILE: the file is empty
      line 6, providers.claude.env.B_FILE: there is no such file (relative paths begin at FOLDER)
      line 7, providers.claude.env.C: given twice, the other is providers.claude.env.C_FILE; keep one
      line 9, providers.claude.env.D: found a list, expected a text, or no such key at all
      line 10, providers.codex: found a text, expected a section with keys of its own
      line 11, providers.droid.env: found a text, expected a section with keys of its own
    "##);
    assert!(!faults.contains("MTIz") && !faults.contains("hush"));
}

#[test]
fn two_variables_may_agree_and_may_not_differ() {
    let host = Host::without_file().env("DISCORD_TOKEN", "a").env("TALEKEEPER_DISCORD__TOKEN", "a");
    assert_eq!(token(&host.config()), "a");
    let host = Host::without_file().env("DISCORD_TOKEN", "a").env("TALEKEEPER_DISCORD__TOKEN", "b");
    insta::assert_snapshot!(host.faults(), @r##"
    the environment has 1 fault:
      TALEKEEPER_DISCORD__TOKEN: given twice, the other is DISCORD_TOKEN; keep one
    "##);
    let host = Host::without_file().env("DISCORD_TOKEN", "a").env("DISCORD_TOKEN_FILE", "b");
    insta::assert_snapshot!(host.faults(), @r##"
    the environment has 1 fault:
      DISCORD_TOKEN: given twice, the other is discord.token_file; keep one
    "##);
}

#[test]
fn a_web_address_needs_its_scheme_and_host() {
    for good in ["https://discord.com", "http://127.0.0.1:8080", "https://proxy.lan/discord"] {
        assert_eq!(web_address(&format!("{good}/")), Some(good));
    }
    for bad in ["discord.com", "ftp://discord.com", "https://", "https:///x", "http://:80", "https://a b", "http://a?b"]
    {
        assert_eq!(web_address(bad), None, "{bad}");
    }
}

#[test]
fn the_example_is_the_defaults() {
    let shown = |config: &Config| format!("{:#?}", Config { file: None, data_dir: "data".into(), ..config.clone() });
    let example = Host::new(EXAMPLE).config();
    let nothing = Host::without_file();
    assert_eq!(shown(&example), shown(&nothing.config()));
    assert_eq!(example.data_dir.file_name(), nothing.config().data_dir.file_name());
}

/// The example with everything in it switched on.
fn example_in_full() -> String {
    let on = |line: &str| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        match text.strip_prefix('#') {
            Some(off) if !off.is_empty() && !off.starts_with(' ') => format!("{indent}{off}"),
            _ => line.to_owned(),
        }
    };
    EXAMPLE.lines().map(on).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_is_good_with_everything_switched_on() {
    let config = Host::new(&example_in_full()).config();
    assert_eq!((config.tables.len(), config.providers.len()), (1, 2));
    let [table] = config.tables.as_slice() else { panic!() };
    assert_eq!((table.mode, table.listen), (Mode::default(), Listen::default()));
    let claude = &config.providers[&ProviderName::new("claude")];
    let usual = ProviderConfig::new(Driver::Claude);
    assert_eq!((claude.timeout, claude.warm), (usual.timeout, usual.warm));
}

/// Every key of the schema, with `*` where the host chooses the name and nothing for a list.
fn every_key(keys: &'static [Key], before: &str, out: &mut Vec<String>) {
    for key in keys {
        let name = format!("{before}{}", key.name);
        match &key.shape {
            Shape::Section(inner) | Shape::List(Shape::Section(inner)) => every_key(inner, &format!("{name}."), out),
            Shape::Named(Shape::Section(inner)) => every_key(inner, &format!("{name}.*."), out),
            Shape::Secret => out.extend([format!("{name}_file"), name]),
            _ => out.push(name),
        }
    }
}

#[test]
fn every_key_stands_in_the_example_and_on_the_page() {
    let document = yaml::read(&example_in_full(), &ROOT, &KeyPath::default()).unwrap();
    let written: Vec<String> =
        document.lines.keys().map(|path| path.to_string().replace("[0]", "").replace(".claude.", ".*.")).collect();
    let mut keys = Vec::new();
    every_key(KEYS, "", &mut keys);
    assert!(keys.len() > 35, "{keys:?}");
    for key in keys {
        let name = key.rsplit('.').next().unwrap();
        // A secret has one form at a time; the other is told beside it.
        let told = name.ends_with("_file") && EXAMPLE.contains(name);
        assert!(told || written.contains(&key), "{key} is not in config.example.yaml");
        assert!(PAGE.contains(&format!("`{}`", key.replace(".*.", ".<name>."))), "{key} is not in the page");
    }
}

fn yamlish() -> impl Strategy<Value = String> {
    const WORDS: &str = "discord¦token¦token_file¦tables¦name¦channel_id¦providers¦claude¦env¦limits¦1¦-5¦0.5¦x¦~¦null¦\
                         true¦5m¦10MB¦[¦]¦{¦}¦,¦: ¦:\n¦\n¦\n  ¦\n    ¦\n  - ¦- ¦&a ¦*a¦<<¦|\n¦>¦\"¦'¦#¦!!int ¦---\n¦\t¦é";
    let word = prop::sample::select(WORDS.split('¦').collect::<Vec<_>>());
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_panics(text in yamlish(), name in "[A-Z_]{0,30}", value in yamlish()) {
        let host = Host::new(&text)
            .env(&format!("TALEKEEPER_{name}"), &value)
            .env("TALEKEEPER_TABLES", &value)
            .env("TALEKEEPER_PROVIDERS", &value)
            .env("TALEKEEPER_LIMITS__RUNNING_TURNS", &value);
        if let Err(faults) = load(&host.sources()) {
            prop_assert!(!faults.0.is_empty());
            prop_assert!(faults.to_string().lines().count() > 1);
        }
    }
}
