//! Reading an archive as a stranger's: its names, its size and its sums are checked before anything of it counts.
//! It makes no link, and no file outside the folder it is given.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::ArchiveError;
use super::manifest::{FORMAT, Kind, MANIFEST, Manifest, Member};
use super::pack::{DEEP, hex, zip_failed};

/// How many files a backup may have: providers' working folders are in it too.
const MEMBERS: usize = 4_000_000;
/// The longest manifest.
const MANIFEST_BYTES: u64 = 64 << 20;
/// How many times its own size a table's archive may become, beside [`SLACK`]: strangers hand those about. Text becomes ten
/// times, a picture once.
const GROWTH: u64 = 100;
/// The same of a backup: no more than deflate can make of anything, because whatever was backed up has to come back.
const GROWTH_OF_BACKUPS: u64 = 1100;
/// What a small archive may become however well it is packed.
const SLACK: u64 = 64 << 20;

/// Whether a name may stand between two `/`: one that leads nowhere and shows as what it is.
pub(super) fn is_plain(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    !name.is_empty() && name != "." && name != ".." && name.len() <= 255 && !name.contains(odd)
}

/// An archive whose names, kind and size were found to be good. Its bytes are checked when they are taken out.
pub(super) struct Unpacker {
    zip: ZipArchive<BufReader<File>>,
    path: PathBuf,
    manifest: Manifest,
    members: BTreeMap<String, Member>,
}

impl Unpacker {
    /// Opens an archive of this kind whose members are called `may_hold` says.
    pub(super) fn open(path: &Path, kind: Kind, may_hold: fn(&str) -> bool) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(ArchiveError::at(path))?;
        let size = file.metadata().map_err(ArchiveError::at(path))?.len();
        let other = |why: String| ArchiveError::Other { wanted: kind.shown(), why };
        let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|failure| other(failure.to_string()))?;
        if zip.len() > MEMBERS {
            return Err(ArchiveError::Unsafe(format!("it has {} files", zip.len())));
        }
        let text = match zip.by_name(MANIFEST) {
            Ok(member) => {
                let mut text = Vec::new();
                member.take(MANIFEST_BYTES).read_to_end(&mut text).map_err(ArchiveError::at(path))?;
                text
            }
            Err(zip::result::ZipError::FileNotFound) => return Err(other("it has no manifest".to_owned())),
            Err(failure) => return Err(zip_failed(path, failure)),
        };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|failure| other(failure.to_string()))?;
        if manifest.talekeeper != kind {
            return Err(other(format!("it is {}", manifest.talekeeper.shown())));
        }
        let known = crate::store::KNOWN_SCHEMA;
        if manifest.format > FORMAT || manifest.schema > known {
            return Err(ArchiveError::Newer { program: manifest.program, found: manifest.schema, known });
        }
        let members = checked(&manifest, size, may_hold)?;
        let mut unpacker = Self { zip, path: path.to_owned(), manifest, members };
        unpacker.check_names()?;
        Ok(unpacker)
    }

    /// What it says about itself.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The names of all members.
    pub(super) fn names(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// A member's bytes, at most `limit`; none if there is no such member.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
        let Some(member) = self.members.get(name).cloned() else { return Ok(None) };
        if member.bytes > limit {
            return Err(ArchiveError::Unsafe(format!("{name} is {} bytes long", member.bytes)));
        }
        let mut bytes = Vec::new();
        self.pour(&member, &mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a member to `to`, with the folders it needs, for this user only and through to the disk.
    pub(super) fn extract(&mut self, name: &str, to: &Path) -> Result<(), ArchiveError> {
        let Some(member) = self.members.get(name).cloned() else { return Ok(()) };
        if let Some(folder) = to.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(ArchiveError::at(folder))?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(to).map_err(ArchiveError::at(to))?;
        self.pour(&member, &mut file)?;
        file.sync_all().map_err(ArchiveError::at(to))
    }

    /// Writes a member and holds what came against what the manifest says.
    fn pour(&mut self, member: &Member, to: &mut impl Write) -> Result<(), ArchiveError> {
        let mut from = self.zip.by_name(&member.name).map_err(|failure| zip_failed(&self.path, failure))?;
        let (mut sum, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 128 * 1024]);
        loop {
            let read = from.read(&mut buffer);
            let read = read.map_err(|failure| ArchiveError::Damaged(format!("{}: {failure}", member.name)))?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
            bytes += part.len() as u64;
            if bytes > member.bytes {
                return Err(ArchiveError::Unsafe(format!("{} is longer than it says", member.name)));
            }
            sum.update(part);
            to.write_all(part).map_err(ArchiveError::at(&self.path))?;
        }
        if bytes != member.bytes || hex(&sum.finalize()) != member.sha256 {
            return Err(ArchiveError::Damaged(format!("{} is not what it was when it was packed", member.name)));
        }
        Ok(())
    }

    /// What is in the file is what the manifest lists, and each is an ordinary file.
    fn check_names(&mut self) -> Result<(), ArchiveError> {
        let mut seen = 0;
        for index in 0..self.zip.len() {
            let member = self.zip.by_index(index).map_err(|failure| zip_failed(&self.path, failure))?;
            let name = member.name().map_err(|failure| ArchiveError::Damaged(failure.to_string()))?.into_owned();
            if member.is_symlink() || member.is_dir() || member.encrypted() {
                return Err(ArchiveError::Unsafe(format!("{name:?} is no ordinary file")));
            }
            if name == MANIFEST {
                continue;
            }
            if !self.members.contains_key(&name) {
                return Err(ArchiveError::Unsafe(format!("{name:?} is not in its manifest")));
            }
            seen += 1;
        }
        if seen != self.members.len() {
            return Err(ArchiveError::Damaged("something that its manifest lists is missing".to_owned()));
        }
        Ok(())
    }
}

/// The members by name, if all of them may be taken.
fn checked(
    manifest: &Manifest,
    size: u64,
    may_hold: fn(&str) -> bool,
) -> Result<BTreeMap<String, Member>, ArchiveError> {
    let (mut members, mut total) = (BTreeMap::new(), 0_u64);
    for member in &manifest.members {
        let parts: Vec<_> = member.name.split('/').collect();
        if !parts.iter().all(|part| is_plain(part)) || parts.len() > DEEP + 2 || !may_hold(&member.name) {
            return Err(ArchiveError::Unsafe(format!("{:?} is no name of ours", member.name)));
        }
        total = total.saturating_add(member.bytes);
        if members.insert(member.name.clone(), member.clone()).is_some() {
            return Err(ArchiveError::Unsafe(format!("{:?} is in it twice", member.name)));
        }
    }
    let growth = match manifest.talekeeper {
        Kind::Table => GROWTH,
        Kind::Backup => GROWTH_OF_BACKUPS,
    };
    if total > size.saturating_mul(growth).saturating_add(SLACK) {
        return Err(ArchiveError::Unsafe(format!("{size} bytes would become {total}")));
    }
    Ok(members)
}

/// A folder that is gone again with everything in it unless it is kept.
pub(super) struct Staging(Option<PathBuf>);

impl Staging {
    /// An empty folder of this name, for this user only. What an earlier end of the program left there goes.
    pub(super) fn at(path: PathBuf) -> Result<Self, ArchiveError> {
        if path.symlink_metadata().is_ok() {
            fs::remove_dir_all(&path).map_err(ArchiveError::at(&path))?;
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(ArchiveError::at(&path))?;
        Ok(Self(Some(path)))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new(""))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = fs::remove_dir_all(path);
        }
    }
}
