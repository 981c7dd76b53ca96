use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use tracing_appender::non_blocking::NonBlockingBuilder;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The contents of every file, oldest first.
fn contents(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        old_numbers(folder).unwrap().iter().rev().map(|number| old_file(folder, *number)).collect();
    paths.push(log_file(folder));
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

fn write(log: &mut Rotating, lines: std::ops::Range<u32>) {
    for line in lines {
        writeln!(log, "line {line:04}").unwrap();
    }
}

#[test]
fn exactly_the_wanted_number_of_old_files_is_kept() {
    let folder = folder();
    let mut log = Rotating::open(folder.path(), 20, 5).unwrap();
    write(&mut log, 0..100);
    assert_eq!(old_numbers(folder.path()).unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(contents(folder.path()).concat().lines().next(), Some("line 0088"));

    let mut log = Rotating::open(folder.path(), 20, 2).unwrap();
    write(&mut log, 100..102);
    assert_eq!(old_numbers(folder.path()).unwrap(), [1, 2], "fewer are kept once fewer are wanted");
    let mut log = Rotating::open(folder.path(), 20, 0).unwrap();
    write(&mut log, 102..105);
    assert_eq!(contents(folder.path()), ["line 0104\n"]);
}

#[test]
fn bytes_count_across_restarts() {
    let folder = folder();
    for line in 0..3 {
        write(&mut Rotating::open(folder.path(), 20, 5).unwrap(), line..line + 1);
    }
    assert_eq!(contents(folder.path()), ["line 0000\nline 0001\n", "line 0002\n"]);
}

#[test]
fn a_line_longer_than_a_file_may_be_stays_whole() {
    let folder = folder();
    let mut log = Rotating::open(folder.path(), 10, 5).unwrap();
    let long = "x".repeat(50);
    writeln!(log, "a\n{long}\nb").unwrap();
    assert_eq!(contents(folder.path()), ["a\n".to_owned(), format!("{long}\n"), "b\n".to_owned()]);
}

#[test]
fn after_a_crash_the_next_line_begins_on_a_fresh_line() {
    let folder = folder();
    fs::write(log_file(folder.path()), "{\"ts\":\"2026").unwrap();
    let mut log = Rotating::open(folder.path(), 1000, 5).unwrap();
    write(&mut log, 0..2);
    assert_eq!(contents(folder.path()), ["{\"ts\":\"2026\nline 0000\nline 0001\n"]);
}

#[test]
fn a_removed_folder_comes_back() {
    let folder = folder();
    let logs = folder.path().join("data/logs");
    let mut log = Rotating::open(&logs, 1000, 5).unwrap();
    write(&mut log, 0..1);
    fs::remove_dir_all(folder.path().join("data")).unwrap();
    write(&mut log, 1..2);
    assert_eq!(contents(&logs), ["line 0001\n"]);
}

#[test]
fn a_file_rotated_by_somebody_else_is_left_to_them() {
    let folder = folder();
    let mut first = Rotating::open(folder.path(), 20, 5).unwrap();
    let mut second = Rotating::open(folder.path(), 20, 5).unwrap();
    write(&mut first, 0..3);
    write(&mut second, 3..4);
    write(&mut first, 4..5);
    let files = ["line 0000\nline 0001\n", "line 0002\nline 0003\n", "line 0004\n"];
    assert_eq!(contents(folder.path()), files);
}

#[test]
fn lost_lines_are_counted_and_told_first() {
    let folder = folder();
    let logs = folder.path().join("logs");
    let mut log = Rotating::open(&logs, 1000, 5).unwrap();
    fs::remove_dir_all(&logs).unwrap();
    fs::write(&logs, "in the way").unwrap();
    write(&mut log, 0..3);
    fs::remove_file(&logs).unwrap();
    write(&mut log, 3..5);
    let text = contents(&logs).concat();
    let lines: Vec<&str> = text.lines().collect();
    let told = Record::from_line(lines[0]).unwrap();
    assert_eq!((told.msg.as_str(), told.fields.text("lost").unwrap().as_ref()), ("log lines were lost", "3"));
    assert_eq!(lines[1..], ["line 0003", "line 0004"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_lines_and_nothing_else() {
    let folder = folder();
    std::os::unix::fs::symlink("/dev/full", log_file(folder.path())).unwrap();
    let mut log = Rotating::open(folder.path(), 1000, 5).unwrap();
    write(&mut log, 0..2);
    fs::remove_file(log_file(folder.path())).unwrap();
    write(&mut log, 2..3);
    let text = contents(folder.path()).concat();
    assert!(text.contains("\"lost\":2") && text.ends_with("line 0002\n"), "{text}");
}

#[test]
fn when_renaming_fails_lines_go_on_up_to_twice_the_size() {
    let folder = folder();
    fs::create_dir(old_file(folder.path(), 1)).unwrap();
    fs::write(old_file(folder.path(), 1).join("x"), "").unwrap();
    let mut log = Rotating::open(folder.path(), 20, 1).unwrap();
    write(&mut log, 0..50);
    assert_eq!(fs::read_to_string(log_file(folder.path())).unwrap().lines().count(), 4);
    fs::remove_dir_all(old_file(folder.path(), 1)).unwrap();
    write(&mut log, 50..51);
    let text = fs::read_to_string(log_file(folder.path())).unwrap();
    assert!(text.contains("\"lost\":46") && text.ends_with("line 0050\n"), "{text}");
}

#[test]
fn through_the_background_writer_nothing_is_lost_or_split() {
    let folder = folder();
    let log = Rotating::open(folder.path(), 1000, 1000).unwrap();
    let (mut writer, guard) = NonBlockingBuilder::default().lossy(false).finish(log);
    let expect: String = (0..2000).map(|line| format!("line {line:04}\n")).collect();
    for line in expect.split_inclusive('\n') {
        writer.write_all(line.as_bytes()).unwrap();
    }
    drop(guard);
    assert_eq!(contents(folder.path()).concat(), expect);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn files_in_order_are_the_end_of_what_was_written(
        lines in prop::collection::vec("[a-zä]{0,30}", 1..60),
        max_size in 1_u64..80, max_files in 0_u32..4, chunk in 1_usize..50, restart in 1_usize..9,
    ) {
        let folder = folder();
        let all: String = lines.iter().map(|line| format!("{line}\n")).collect();
        for part in lines.chunks(restart) {
            let mut log = Rotating::open(folder.path(), max_size, max_files).unwrap();
            let text: String = part.iter().map(|line| format!("{line}\n")).collect();
            for bytes in text.as_bytes().chunks(chunk) {
                log.write_all(bytes).unwrap();
            }
        }
        let files = contents(folder.path());
        prop_assert!(files.len() <= max_files as usize + 1);
        prop_assert!(all.ends_with(&files.concat()));
        let whole: Vec<String> = files.concat().lines().map(str::to_owned).collect();
        prop_assert_eq!(&lines[lines.len() - whole.len()..], &whole[..]);
        for file in &files {
            prop_assert!(file.ends_with('\n'));
            prop_assert!(file.len() as u64 <= max_size || file.lines().count() == 1);
        }
    }
}
