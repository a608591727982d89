//! The balancers that a cluster stands behind, started with the configurations that the project ships.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpStream;

use crate::certificate::Certificate;
use crate::daemon::{Daemon, program};
use crate::scratch::Scratch;

/// How often it is tried.
const TRY_EVERY: Duration = Duration::from_millis(10);

/// Which balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// HAProxy, with `deploy/haproxy/haproxy.cfg`.
    Haproxy,
    /// nginx, with `deploy/nginx/chinwag.conf`.
    Nginx,
}

/// Where it listens and what it passes connections on to; all on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// For HTTPS.
    pub https: u16,
    /// For plain HTTP, which is only sent on to HTTPS.
    pub http: u16,
    /// The three nodes.
    pub nodes: [u16; 3],
}

/// A running balancer. Ended when it is dropped.
#[derive(Debug)]
pub struct Balancer {
    _daemon: Daemon,
    certificate: Certificate,
    _directory: Scratch,
}

impl Balancer {
    /// Starts the balancer with a certificate of its own for `localhost`, and waits until it accepts connections.
    ///
    /// # Errors
    /// The program is not there, or does not like its configuration; the error holds what it said.
    pub async fn start(kind: Kind, ports: Ports) -> Result<Self> {
        let directory = Scratch::new("balancer")?;
        let certificate = Certificate::make(directory.path())?;
        let both = [fs::read(&certificate.certificate)?, fs::read(&certificate.key)?].concat();
        fs::write(directory.path().join("both.pem"), both)?;
        let (name, command) = match kind {
            Kind::Haproxy => ("haproxy", haproxy(directory.path(), ports)?),
            Kind::Nginx => ("nginx", nginx(directory.path(), &certificate, ports)?),
        };
        let mut daemon = Daemon::start(name, command, &directory.path().join("log"))?;
        let accepts = || async move { TcpStream::connect(("127.0.0.1", ports.https)).await.is_ok() };
        daemon.until_ready(TRY_EVERY, accepts).await?;
        Ok(Self { _daemon: daemon, certificate, _directory: directory })
    }

    /// The file of the authority that a client must be told to trust.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.certificate.authority
    }
}

fn haproxy(directory: &Path, ports: Ports) -> Result<Command> {
    let program = program("haproxy", "haproxy")?;
    let mut command = Command::new(program);
    command.arg("-db").arg("-f").arg(shipped("haproxy/haproxy.cfg"));
    command.env("CHINWAG_TLS_BIND", format!("127.0.0.1:{}", ports.https));
    command.env("CHINWAG_HTTP_BIND", format!("127.0.0.1:{}", ports.http));
    command.env("CHINWAG_CERTIFICATE", directory.join("both.pem"));
    command.env("HAPROXY_STATS", directory.join("stats.sock"));
    for (n, port) in (1..).zip(ports.nodes) {
        command.env(format!("CHINWAG_NODE_{n}"), format!("127.0.0.1:{port}"));
    }
    Ok(command)
}

/// nginx knows no variables where it needs them here, so the shipped file is put in place as an operator would edit it.
fn nginx(directory: &Path, certificate: &Certificate, ports: Ports) -> Result<Command> {
    let program = program("nginx", "nginx-light")?;
    let shipped = shipped("nginx/chinwag.conf");
    let text = fs::read_to_string(&shipped).with_context(|| format!("cannot read {}", shipped.display()))?;
    let here = |name: &str| directory.join(name).display().to_string();
    let mut edits = vec![
        ("listen 80;".to_owned(), format!("listen 127.0.0.1:{};", ports.http)),
        ("listen 443 ".to_owned(), format!("listen 127.0.0.1:{} ", ports.https)),
        ("/etc/nginx/chinwag.crt".to_owned(), certificate.certificate.display().to_string()),
        ("/etc/nginx/chinwag.key".to_owned(), certificate.key.display().to_string()),
    ];
    for (shipped_port, port) in (8001..).zip(ports.nodes) {
        edits.push((format!("server 127.0.0.1:{shipped_port} "), format!("server 127.0.0.1:{port} ")));
    }
    let mut site = text;
    for (from, to) in edits {
        ensure!(site.contains(&from), "{} has no \"{from}\"", shipped.display());
        site = site.replace(&from, &to);
    }
    fs::write(directory.join("site.conf"), site)?;
    let main = format!(
        "daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {pid}; error_log stderr notice;\n\
         events {{ worker_connections 9000; }}\n\
         http {{ access_log off; client_body_temp_path {tmp}; proxy_temp_path {tmp}; fastcgi_temp_path {tmp};\n\
         uwsgi_temp_path {tmp}; scgi_temp_path {tmp}; include {site}; }}\n",
        pid = here("pid"),
        tmp = here("tmp"),
        site = here("site.conf"),
    );
    fs::write(directory.join("nginx.conf"), main)?;
    let mut command = Command::new(program);
    command.arg("-p").arg(directory).arg("-c").arg(directory.join("nginx.conf")).args(["-e", "stderr"]);
    Ok(command)
}

/// A file of `deploy/`.
fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)
}
