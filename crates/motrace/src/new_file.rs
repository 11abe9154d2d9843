//! Files that a command is to write: looked at before the work begins, and replaced in one step when it is done.

use crate::failure::Failure;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Checks before long work that a file can be written at its end: its folder is there and can be written to, and an older
/// file is in the way only where it is to be replaced.
///
/// # Errors
/// What is in the way.
pub fn check_place(path: &Path, replace: bool) -> Result<(), Failure> {
    let shown = path.display();
    let refused = |why: String| Err(Failure::failed(format_args!("{shown}: {why}")));
    if path.file_name().is_none() || path.is_dir() {
        return refused("this is a folder: give the name of a file".to_owned());
    }
    if !replace && path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return refused(format!("there is no folder {}: make it first, or give another name", folder.display()));
    }
    let part = part(path);
    match fs::OpenOptions::new().write(true).create_new(true).open(&part) {
        Ok(_) => Ok(fs::remove_file(&part)?),
        Err(e) => refused(format!("nothing can be written into {}: {e}", folder.display())),
    }
}

/// Checks that what is to be written is none of the files that are read, under whatever name.
///
/// # Errors
/// Which of them it is.
pub fn check_other<'a>(path: &Path, read: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let Ok(own) = path.canonicalize() else { return Ok(()) };
    match read.into_iter().find(|read| read.canonicalize().is_ok_and(|read| read == own)) {
        None => Ok(()),
        Some(read) => Err(Failure::usage(format_args!(
            "{} is the file {} that is read: it would be destroyed; give another name for what is written",
            path.display(),
            read.display()
        ))),
    }
}

/// Writes a file beside its place and moves it there when it is whole, so that there always is a whole one.
///
/// # Errors
/// Where there is one that is not to be replaced, or the file system refuses.
pub fn write(path: &Path, bytes: &[u8], replace: bool) -> Result<(), Failure> {
    let part = part(path);
    let written = fs::OpenOptions::new().write(true).create_new(true).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        if replace {
            return fs::rename(&part, path);
        }
        // A link, unlike a rename, fails where the name is taken; but not every file system has links.
        match fs::hard_link(&part, path) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists && path.symlink_metadata().is_err() => {
                fs::rename(&part, path)
            }
            linked => linked,
        }
    });
    let _ = fs::remove_file(&part);
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists if path.symlink_metadata().is_ok() => exists(path),
        _ => Failure::failed(format_args!("{}: {e}", path.display())),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::failed(format_args!("{} exists already; give another name, or --force to replace it", path.display()))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Beside the file, by a name that no other run of the program takes.
fn part(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn what_is_in_the_way_is_found_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.safetensors");
        check_place(&file, false).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        let told = |path: &Path, replace| check_place(path, replace).unwrap_err().to_string();
        assert!(told(&folder.path().join("none/model.safetensors"), true).contains("there is no folder"));
        assert!(told(folder.path(), true).contains("this is a folder"));
        fs::write(&file, "old").unwrap();
        assert!(told(&file, false).contains("exists already"));
        check_place(&file, true).unwrap();
    }

    #[test]
    fn a_file_is_replaced_whole_and_only_where_that_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("weights");
        write(&file, b"first", false).unwrap();
        assert!(write(&file, b"second", false).unwrap_err().to_string().contains("exists already"));
        assert_eq!(fs::read(&file).unwrap(), b"first");
        write(&file, b"third", true).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn what_is_read_is_not_written_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let [read, other] = ["read", "other"].map(|name| folder.path().join(name));
        fs::write(&read, "kept").unwrap();
        check_other(&other, [read.as_path()]).unwrap();
        assert!(check_other(&folder.path().join("./read"), [read.as_path()]).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&read, &other).unwrap();
            assert!(check_other(&other, [read.as_path()]).is_err());
        }
    }
}
