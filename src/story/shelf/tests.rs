use super::*;
use crate::story::example::{Log, file_of, table, the_drowned_stair};

fn shelf() -> (tempfile::TempDir, Shelf) {
    let data = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(data.path(), &table());
    (data, shelf)
}

fn on_disk(shelf: &Shelf) -> Vec<String> {
    let mut names = names(shelf.folder()).unwrap();
    names.sort();
    names
}

fn scene(number: u32, title: &str) -> SceneFile {
    file_of(&Log::new(number, 1, Some(title)))
}

#[test]
fn a_scene_is_written_listed_and_read() {
    let (data, shelf) = shelf();
    assert_eq!(shelf.list().unwrap(), vec![]);
    assert_eq!(Shelf::tables(data.path()).unwrap(), vec![]);
    let file = file_of(&the_drowned_stair());
    let path = shelf.write(&file).unwrap();
    assert_eq!(path, data.path().join("stories/sunken-crown/007-the-drowned-stair.md"));
    assert_eq!(fs::read_to_string(&path).unwrap(), file.text);
    shelf.write(&scene(2, "Before")).unwrap();
    let listed = shelf.list().unwrap();
    assert_eq!(listed.iter().map(|scene| scene.title.as_str()).collect::<Vec<_>>(), ["Before", "The Drowned Stair"]);
    assert!(listed[0].modified.millis() > 0);
    assert_eq!(shelf.read(SceneNo::new(7)).unwrap(), Some(file.text));
    assert_eq!(shelf.read(SceneNo::new(8)).unwrap(), None);
    assert_eq!(Shelf::tables(data.path()).unwrap(), vec![table()]);
}

#[test]
fn a_new_title_leaves_one_file() {
    let (_data, shelf) = shelf();
    shelf.write(&scene(1, "First")).unwrap();
    shelf.write(&scene(2, "Other")).unwrap();
    shelf.write(&scene(1, "Second")).unwrap();
    assert_eq!(on_disk(&shelf), ["001-second.md", "002-other.md"]);
}

#[test]
fn scenes_that_left_the_story_leave_the_shelf() {
    let (_data, shelf) = shelf();
    for number in 1..4 {
        shelf.write(&scene(number, "x")).unwrap();
    }
    let mut removed = shelf.keep_only(&[SceneNo::new(2), SceneNo::new(9)]).unwrap();
    removed.sort();
    assert_eq!(removed, [SceneNo::new(1), SceneNo::new(3)]);
    assert_eq!(on_disk(&shelf), ["002-x.md"]);
}

#[test]
fn files_of_others_are_not_touched() {
    let (_data, shelf) = shelf();
    shelf.prepare().unwrap();
    let theirs = [
        ("001-x.md", "my own notes".to_owned()),
        ("002-x.md", scene(3, "other number").text),
        ("003-x.md", scene(3, "x").text.replace("sunken-crown", "other-table")),
        ("index.md", scene(1, "x").text),
        ("001-X.md", scene(1, "x").text),
    ];
    for (name, text) in &theirs {
        fs::write(shelf.folder().join(name), text).unwrap();
    }
    assert!(shelf.write(&scene(1, "x")).unwrap().ends_with("001-x-2.md"));
    assert!(shelf.write(&scene(1, "x")).unwrap().ends_with("001-x-2.md"));
    assert_eq!(shelf.list().unwrap().len(), 1);
    shelf.keep_only(&[]).unwrap();
    assert_eq!(on_disk(&shelf), ["001-X.md", "001-x.md", "002-x.md", "003-x.md", "index.md"]);
    for (name, text) in &theirs {
        assert_eq!(&fs::read_to_string(shelf.folder().join(name)).unwrap(), text);
    }
}

#[test]
fn what_a_crash_left_half_written_is_removed() {
    let (_data, shelf) = shelf();
    shelf.write(&scene(1, "x")).unwrap();
    fs::write(shelf.folder().join(".12-0.talekeeper-tmp"), "---\nty").unwrap();
    shelf.prepare().unwrap();
    assert_eq!(on_disk(&shelf), ["001-x.md"]);
}

#[test]
fn an_unchanged_scene_is_not_written_again() {
    let (_data, shelf) = shelf();
    let path = shelf.write(&scene(1, "x")).unwrap();
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
    shelf.write(&scene(1, "x")).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), old);
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_to_write() {
    let (data, shelf) = shelf();
    let elsewhere = data.path().join("elsewhere.md");
    fs::write(&elsewhere, scene(1, "x").text).unwrap();
    shelf.prepare().unwrap();
    std::os::unix::fs::symlink(&elsewhere, shelf.folder().join("001-x.md")).unwrap();
    assert!(shelf.write(&scene(1, "x")).unwrap().ends_with("001-x-2.md"));
    assert!(fs::symlink_metadata(shelf.folder().join("001-x.md")).unwrap().is_symlink());

    let linked = Shelf::new(data.path(), &"linked".parse().unwrap());
    std::os::unix::fs::symlink(data.path(), linked.folder()).unwrap();
    assert!(matches!(linked.write(&scene(1, "x")), Err(ShelfError::NotAFolder { .. })));
    assert!(matches!(linked.prepare(), Err(ShelfError::NotAFolder { .. })));
    let file = Shelf::new(data.path(), &"file".parse().unwrap());
    fs::write(file.folder(), "").unwrap();
    assert!(matches!(file.write(&scene(1, "x")), Err(ShelfError::NotAFolder { .. })));
}

#[test]
fn failures_have_names() {
    let at = |kind: io::ErrorKind| ShelfError::at(Path::new("x"))(kind.into());
    assert!(matches!(at(io::ErrorKind::StorageFull), ShelfError::Full { .. }));
    assert!(matches!(at(io::ErrorKind::QuotaExceeded), ShelfError::Full { .. }));
    assert!(matches!(at(io::ErrorKind::ReadOnlyFilesystem), ShelfError::NotWritable { .. }));
    assert!(matches!(at(io::ErrorKind::PermissionDenied), ShelfError::NotWritable { .. }));
    assert!(matches!(at(io::ErrorKind::Other), ShelfError::Io { .. }));
}

#[test]
fn a_huge_file_is_not_read() {
    let (_data, shelf) = shelf();
    let path = shelf.write(&scene(1, "x")).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(FILE_BYTES + 1).unwrap();
    assert!(matches!(shelf.read(SceneNo::new(1)), Err(ShelfError::TooLarge { .. })));
}
