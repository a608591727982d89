//! nginx with nchan: one worker, nothing stored.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Site, fetched, words};
use crate::daemon::{Daemon, program, version};

const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

pub(super) fn describe() -> Result<String> {
    fetched(PathBuf::from(MODULE))?;
    let version = version(&program("nginx", "nginx-light")?, "-v")?;
    Ok(format!(
        "{version} with nchan (Debian's `libnginx-mod-nchan`), one process, messages not stored, no token checked"
    ))
}

pub(super) fn start(site: &Site<'_>, address: SocketAddr) -> Result<Daemon> {
    let configuration = site.write("nginx.conf", &configuration(site.directory, address))?;
    let words = words(&format!("-p {} -c {}", site.directory.display(), configuration.display()));
    site.start(&program("nginx", "nginx-light")?, &words, "nginx")
}

fn configuration(directory: &Path, address: SocketAddr) -> String {
    let directory = directory.display();
    format!(
        r"load_module {MODULE};
daemon off;
master_process off;
error_log stderr error;
pid {directory}/pid;
events {{ worker_connections 19000; multi_accept on; }}
http {{
  access_log off;
  tcp_nodelay on;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  client_max_body_size 1m;
  nchan_max_reserved_memory 512M;
  server {{
    listen {address} backlog=4096;
    location ~ ^/room/(.+)$ {{ nchan_pubsub websocket; nchan_channel_id $1; nchan_store_messages off; nchan_subscriber_first_message newest; }}
    location ~ ^/publish/(.+)$ {{ nchan_publisher websocket; nchan_channel_id $1; nchan_store_messages off; }}
    location ~ ^/both/([^/]+)/(.+)$ {{
      nchan_pubsub websocket;
      nchan_subscriber_channel_id $1 $2;
      nchan_publisher_channel_id sink;
      nchan_store_messages off;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"
    )
}
