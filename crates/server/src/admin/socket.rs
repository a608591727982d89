//! The socket's file: made so that nobody else can use it, and removed again.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use axum::Router;
use tokio::net::{UnixListener, UnixStream};

/// Why there is no admin socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another process answers on it.
    #[error("another node is running with this admin socket: {}", .0.display())]
    InUse(PathBuf),
    /// Something that is no socket is in its place; it is not ours to remove.
    #[error("{} is in the way of the admin socket and is not a socket", .0.display())]
    InTheWay(PathBuf),
    /// The operating system refused; a path over about 100 bytes is too long for a socket.
    #[error("the admin socket {} cannot be made: {error}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The operating system's word.
        #[source]
        error: io::Error,
    },
}

/// A listening admin socket. Its file goes when this is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    file: SocketFile,
}

impl AdminSocket {
    /// Makes the socket. One that a dead node left behind is replaced.
    pub async fn bind(path: &Path) -> Result<Self, BindError> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => return Err(BindError::InTheWay(path.to_owned())),
            Ok(_) if UnixStream::connect(path).await.is_ok() => {
                return Err(BindError::InUse(path.to_owned()));
            }
            _ => {}
        }
        make(path).map_err(|error| BindError::Io { path: path.to_owned(), error })
    }

    /// Answers until `stop` is done.
    pub async fn serve(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Self { listener, file: _file } = self;
        axum::serve(listener, router).with_graceful_shutdown(stop).await
    }
}

/// Binds where nobody else can enter, then moves the socket into place: at no moment can another user connect, and
/// whoever looks finds the old socket or the new one.
fn make(path: &Path) -> io::Result<AdminSocket> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let nook = Nook::new(parent)?;
    let bound = nook.0.join("s");
    let listener = UnixListener::bind(&bound)?;
    fs::set_permissions(&bound, fs::Permissions::from_mode(0o600))?;
    let inode = fs::symlink_metadata(&bound)?.ino();
    fs::rename(&bound, path)?;
    Ok(AdminSocket { listener, file: SocketFile { path: path.to_owned(), inode } })
}

/// A directory that only we may enter. Removed when dropped.
struct Nook(PathBuf);

impl Nook {
    fn new(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!(".s{}", std::process::id()));
        // What a process with our id left behind long ago.
        let _ = fs::remove_file(path.join("s"));
        let _ = fs::remove_dir(&path);
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Nook {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0.join("s"));
        let _ = fs::remove_dir(&self.0);
    }
}

/// The socket in the file system, removed when dropped unless it is another node's by then.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
