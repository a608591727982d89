//! Files in a bucket of anything that speaks S3.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chinwag_chat::blobs::{BlobError, BlobHeaders, BlobId, Blobs, ByteStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{
    Attribute, Attributes, ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectStore as _,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, RetryConfig,
};

/// What one request carries at most, and what an upload holds in memory: the least that S3 takes for a part that is not
/// the last.
const PART_BYTES: usize = 5 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the other side may say nothing.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_RETRIES: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// Where the bucket is and who may use it.
#[derive(Clone)]
pub struct S3Settings {
    /// The bucket.
    pub bucket: String,
    /// What the names in it begin with.
    pub prefix: String,
    /// Where it is, unless it is Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The key and its secret; without them, what the machine's own role or environment gives.
    pub key: Option<(String, String)>,
}

impl std::fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Files in a bucket.
#[derive(Debug)]
pub struct S3Blobs {
    bucket: AmazonS3,
    prefix: String,
}

impl S3Blobs {
    /// Files in that bucket. Nothing is asked of it yet.
    ///
    /// # Errors
    /// Where the settings name no bucket that could be asked.
    pub fn new(settings: &S3Settings) -> Result<Self, BlobError> {
        let options = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_read_timeout(READ_TIMEOUT)
            // A download lasts as long as its reader takes.
            .with_timeout_disabled();
        let retry =
            RetryConfig { max_retries: MAX_RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&settings.bucket)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(region) = &settings.region {
            builder = builder.with_region(region);
        }
        if let Some((id, secret)) = &settings.key {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret);
        }
        let prefix = match settings.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Ok(Self { bucket: builder.build().map_err(failed)?, prefix })
    }

    fn path(&self, id: BlobId) -> Path {
        Path::from(format!("{}{id}", self.prefix))
    }

    async fn put_large(
        &self,
        path: &Path,
        attributes: Attributes,
        parts: &mut Parts<'_>,
        first: Bytes,
    ) -> Result<u64, BlobError> {
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let mut upload = self.bucket.put_multipart_opts(path, options).await.map_err(failed)?;
        let result = put_parts(&mut *upload, parts, first).await;
        if result.is_err()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%path, %error, "an unfinished upload could not be ended; the bucket's own rules may");
        }
        result
    }
}

async fn put_parts(
    upload: &mut dyn MultipartUpload,
    parts: &mut Parts<'_>,
    first: Bytes,
) -> Result<u64, BlobError> {
    let mut size = 0;
    let mut next = Some(first);
    while let Some(part) = next {
        size += part.len() as u64;
        upload.put_part(part.into()).await.map_err(failed)?;
        next = parts.next().await?;
    }
    upload.complete().await.map_err(failed)?;
    Ok(size)
}

/// Pieces of any size, gathered to parts.
struct Parts<'a> {
    bytes: ByteStream<'a>,
    left: Bytes,
    is_over: bool,
}

impl Parts<'_> {
    /// The next part: full, or the last one. Nothing once all are there.
    async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        let mut part = Vec::with_capacity(if self.is_over { 0 } else { PART_BYTES });
        loop {
            let take = self.left.len().min(PART_BYTES - part.len());
            part.extend_from_slice(&self.left.split_to(take));
            if part.len() == PART_BYTES || self.is_over {
                break;
            }
            match self.bytes.try_next().await? {
                Some(piece) => self.left = piece,
                None => self.is_over = true,
            }
        }
        Ok((!part.is_empty()).then(|| part.into()))
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    async fn put(&self, id: BlobId, headers: &BlobHeaders, bytes: ByteStream<'_>) -> Result<u64, BlobError> {
        let path = self.path(id);
        let attributes = Attributes::from_iter([
            (Attribute::ContentType, headers.media_type.to_string()),
            (Attribute::ContentDisposition, headers.disposition.clone()),
        ]);
        let mut parts = Parts { bytes, left: Bytes::new(), is_over: false };
        let first = parts.next().await?.unwrap_or_default();
        if first.len() == PART_BYTES {
            return self.put_large(&path, attributes, &mut parts, first).await;
        }
        let size = first.len() as u64;
        let options = PutOptions { attributes, ..PutOptions::default() };
        self.bucket.put_opts(&path, PutPayload::from(first), options).await.map_err(failed)?;
        Ok(size)
    }

    async fn get(
        &self,
        id: BlobId,
        range: Option<Range<u64>>,
    ) -> Result<Option<ByteStream<'static>>, BlobError> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        match self.bucket.get_opts(&self.path(id), options).await {
            Ok(found) => Ok(Some(found.into_stream().map_err(failed).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    async fn delete(&self, id: BlobId) -> Result<(), BlobError> {
        match self.bucket.delete(&self.path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    async fn link(&self, id: BlobId, expires_in: Duration) -> Result<Option<String>, BlobError> {
        let url = self.bucket.signed_url(http::Method::GET, &self.path(id), expires_in).await;
        Ok(Some(url.map_err(failed)?.to_string()))
    }
}

/// Only the operator sees it. Their sentences name the place but no secret.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn failed(error: object_store::Error) -> BlobError {
    BlobError::Unavailable(error.to_string())
}
