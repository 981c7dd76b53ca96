//! Writing an archive: members one after the other, the manifest last, all of it under a temporary name until it is whole.
//! It follows no link and overwrites nothing.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::ArchiveError;
use super::manifest::{MANIFEST, Manifest, Member};

/// What an unfinished file is called: so, something unique, and so.
const UNFINISHED: (&str, &str) = (".talekeeper-", ".part");
/// Beyond this a member needs the larger form of the format.
const LARGE: u64 = 2 << 30;
/// How deep folders may lie within one another.
pub(super) const DEEP: usize = 40;

/// A file that is gone again unless it is kept. Nobody else's sweeping takes it while it is held.
pub(super) struct Unfinished {
    path: PathBuf,
    held: File,
}

impl Unfinished {
    /// An empty file in `folder`, for this user only. What earlier ends of the program left there is swept away.
    pub(super) fn within(folder: &Path) -> Result<Self, ArchiveError> {
        sweep(folder);
        let path = folder.join(format!("{}{}{}", UNFINISHED.0, uuid::Uuid::new_v4().simple(), UNFINISHED.1));
        let mut options = OpenOptions::new();
        let held = options.read(true).write(true).create_new(true).mode(0o600).open(&path);
        let held = held.map_err(ArchiveError::at(&path))?;
        // Failing to lock only means that a sweep could take it too early; disks without locks hold no database either.
        let _ = held.try_lock();
        Ok(Self { path, held })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, once everything of it is on the disk.
    fn keep(self, target: &Path) -> Result<(), ArchiveError> {
        self.held.sync_all().map_err(ArchiveError::at(target))?;
        // A link is refused where something stands, a renaming would take its place.
        fs::hard_link(&self.path, target)
            .or_else(|failure| match failure.kind() {
                io::ErrorKind::AlreadyExists => Err(failure),
                // A disk that knows no second names.
                _ if !target.exists() => fs::rename(&self.path, target),
                _ => Err(failure),
            })
            .map_err(ArchiveError::at(target))?;
        if let Some(folder) = target.parent() {
            sync_folder(folder)?;
        }
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It may have been renamed; either way nothing is left under this name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a folder's entries durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(ArchiveError::at(folder))
}

/// Removes unfinished files that nobody writes any more.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(UNFINISHED.0)
            && name.ends_with(UNFINISHED.1)
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// An archive on its way.
pub(super) struct Packer {
    zip: ZipWriter<BufWriter<File>>,
    unfinished: Unfinished,
    target: PathBuf,
    members: Vec<Member>,
    left_out: Vec<String>,
}

impl Packer {
    /// Begins an archive that will be called `target`.
    pub(super) fn begin(target: &Path) -> Result<Self, ArchiveError> {
        if target.symlink_metadata().is_ok() {
            return Err(ArchiveError::Exists { path: target.to_owned() });
        }
        let unfinished = Unfinished::within(&folder_of(target))?;
        let file = unfinished.held.try_clone().map_err(ArchiveError::at(target))?;
        let zip = ZipWriter::new(BufWriter::new(file));
        Ok(Self { zip, unfinished, target: target.to_owned(), members: Vec::new(), left_out: Vec::new() })
    }

    /// Adds a member with these bytes.
    pub(super) fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let member = self.member(name, bytes.len() as u64, &mut &*bytes)?;
        self.members.push(member);
        Ok(())
    }

    /// Adds a file as it is now. One that is gone meanwhile is left out.
    pub(super) fn file(&mut self, name: &str, path: &Path) -> Result<(), ArchiveError> {
        let mut options = OpenOptions::new();
        // Whoever puts a link or a pipe in its place meanwhile gets nothing for it.
        let open = options
            .read(true)
            .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits() | nix::fcntl::OFlag::O_NONBLOCK.bits());
        let file = match open.open(path) {
            Ok(file) => file,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(failure) if is_work(name) && failure.kind() == io::ErrorKind::PermissionDenied => {
                self.left_out.push(name.to_owned());
                return Ok(());
            }
            Err(failure) => return Err(ArchiveError::at(path)(failure)),
        };
        let about = file.metadata().map_err(ArchiveError::at(path))?;
        if !about.is_file() {
            self.left_out.push(name.to_owned());
            return Ok(());
        }
        // What is added to it while it is read belongs to the next one.
        let member = self.member(name, about.len(), &mut file.take(about.len()))?;
        self.members.push(member);
        Ok(())
    }

    /// Adds what is in a folder, in the order of names; nothing if there is none. Links and the like are left out.
    pub(super) fn folder(&mut self, name: &str, path: &Path) -> Result<(), ArchiveError> {
        self.folder_within(name, path, DEEP)
    }

    fn folder_within(&mut self, name: &str, path: &Path, deep: usize) -> Result<(), ArchiveError> {
        let listed = match fs::read_dir(path) {
            Ok(listed) => listed,
            Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(failure) if is_work(name) && failure.kind() == io::ErrorKind::PermissionDenied => {
                self.left_out.push(name.to_owned());
                return Ok(());
            }
            Err(failure) => return Err(ArchiveError::at(path)(failure)),
        };
        let mut entries = listed.collect::<Result<Vec<_>, _>>().map_err(ArchiveError::at(path))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (own, kind) = (entry.file_name(), entry.file_type().map_err(ArchiveError::at(path))?);
            let Some(own) = own.to_str().filter(|own| super::unpack::is_plain(own) && deep > 0) else {
                self.left_out.push(format!("{name}/{}", own.to_string_lossy()));
                continue;
            };
            let inner = format!("{name}/{own}");
            let half_written = own.starts_with(UNFINISHED.0)
                || own.ends_with(".talekeeper-tmp")
                || (own.ends_with(".part") && name.ends_with("/attachments"));
            if half_written {
                continue; // by us, a moment ago
            } else if kind.is_dir() {
                self.folder_within(&inner, &entry.path(), deep - 1)?;
            } else if kind.is_file() {
                self.file(&inner, &entry.path())?;
            } else {
                self.left_out.push(inner);
            }
        }
        Ok(())
    }

    /// Writes the manifest, makes all of it durable and gives the archive its name.
    pub(super) fn finish(mut self, manifest: Manifest) -> Result<Manifest, ArchiveError> {
        let manifest = Manifest {
            members: std::mem::take(&mut self.members),
            left_out: std::mem::take(&mut self.left_out),
            ..manifest
        };
        let text =
            serde_json::to_vec_pretty(&manifest).map_err(|failure| ArchiveError::Damaged(failure.to_string()))?;
        self.member(MANIFEST, text.len() as u64, &mut text.as_slice())?;
        let Self { zip, unfinished, target, .. } = self;
        let mut buffered = zip.finish().map_err(|failure| zip_failed(&target, failure))?;
        buffered.flush().map_err(ArchiveError::at(&target))?;
        drop(buffered);
        unfinished.keep(&target)?;
        Ok(manifest)
    }

    fn member(&mut self, name: &str, about: u64, from: &mut impl Read) -> Result<Member, ArchiveError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(4))
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(0o600)
            .large_file(about > LARGE);
        self.zip.start_file(name, options).map_err(|failure| zip_failed(&self.target, failure))?;
        let (mut sum, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 128 * 1024]);
        loop {
            let read = from.read(&mut buffer).map_err(ArchiveError::at(Path::new(name)))?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
            sum.update(part);
            bytes += part.len() as u64;
            self.zip.write_all(part).map_err(ArchiveError::at(&self.target))?;
        }
        Ok(Member { name: name.to_owned(), bytes, sha256: hex(&sum.finalize()) })
    }
}

/// Makes a folder and those above it where they are missing, for this user only.
pub fn make_folder(folder: &Path) -> Result<(), ArchiveError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(ArchiveError::at(folder))
}

/// The folder in which a file is.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a member lies in a folder where a provider works: programs make files there that the bot may not read.
fn is_work(name: &str) -> bool {
    let mut parts = name.split('/');
    parts.next() == Some("tables") && parts.nth(1) == Some("work") && parts.next().is_some()
}

pub(super) fn zip_failed(path: &Path, failure: zip::result::ZipError) -> ArchiveError {
    match failure {
        zip::result::ZipError::Io(failure) => ArchiveError::at(path)(failure),
        other => ArchiveError::Damaged(other.to_string()),
    }
}
