//! The port [`Nodes`].

use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::cluster::{ClusterSecret, Incarnation, NodeReport, NodeStatus, Nodes, Standing, Wish};
use chinwag_chat::{NodeId, StoreError};

use super::{from_json, milliseconds, number_of, to_json};
use crate::PostgresStore;
use crate::fault::Fault;
use crate::fields::{Fields, signed};

const RENEW: &str = "
    SELECT standing, wish_number, wish, other_report, other_lease_ms FROM renew_node($1, $2, $3, $4, $5)";

const LIST: &str = "
    SELECT report, (greatest(0, extract(epoch FROM clock_timestamp() - heard_at)) * 1000)::bigint,
           (greatest(0, extract(epoch FROM lease_until - clock_timestamp())) * 1000)::bigint
    FROM nodes ORDER BY name, incarnation";

const ASK: &str = "
    UPDATE nodes SET wish = $2, wish_number = nextval('wish_numbers')
    WHERE name = $1 AND lease_until > clock_timestamp() RETURNING 1";

/// The answer is the same for all nodes: one that loses the race reads what the other wrote.
const SECRET: &str = "
    INSERT INTO meta (key, value) VALUES ('cluster_secret', encode($1, 'hex'))
    ON CONFLICT (key) DO UPDATE SET value = meta.value RETURNING decode(value, 'hex')";

#[async_trait]
impl Nodes for PostgresStore {
    async fn renew(&self, report: &NodeReport, lease: Duration) -> Result<Standing, StoreError> {
        let said = to_json(report)?;
        let query = || {
            sqlx::query(RENEW)
                .bind(number_of(report.incarnation))
                .bind(report.name.as_str())
                .bind(&said)
                .bind(signed(report.heard_wish))
                .bind(milliseconds(lease))
        };
        let standing = self.beats.write(query, standing).await?.into_iter().next();
        standing.ok_or_else(|| StoreError::Corrupt("a lease was neither renewed nor refused".to_owned()))
    }

    async fn leave(&self, incarnation: Incarnation) -> Result<(), StoreError> {
        let query = || sqlx::query("SELECT leave_node($1)").bind(number_of(incarnation));
        self.beats.write(query, |_| Ok(())).await?;
        Ok(())
    }

    async fn nodes(&self) -> Result<Vec<NodeStatus>, StoreError> {
        let read = |mut fields: Fields<'_>| {
            Ok(NodeStatus {
                report: from_json(fields.text()?)?,
                silent: Duration::from_millis(fields.number()?),
                lease_left: Duration::from_millis(fields.number()?),
            })
        };
        self.beats.all(|| sqlx::query(LIST), read).await
    }

    async fn ask(&self, node: &NodeId, wish: Wish) -> Result<bool, StoreError> {
        let wish = to_json(&wish)?;
        let query = || sqlx::query(ASK).bind(node.as_str()).bind(&wish);
        Ok(!self.pool.write(query, |_| Ok(())).await?.is_empty())
    }

    async fn secret(&self, proposed: ClusterSecret) -> Result<ClusterSecret, StoreError> {
        let query = || sqlx::query(SECRET).bind(proposed.0);
        let kept = self.pool.write(query, |mut fields| fields.bytes().map(ClusterSecret)).await?;
        kept.into_iter().next().ok_or_else(|| StoreError::Corrupt("there is no cluster secret".to_owned()))
    }
}

fn standing(mut fields: Fields<'_>) -> Result<Standing, Fault> {
    match fields.text()? {
        "joined" => Ok(Standing::Joined),
        "kept" => {
            let number = if fields.is_null()? {
                fields.skip(1);
                0
            } else {
                fields.number()?
            };
            let wish: Option<Wish> = fields.optional_text()?.map(from_json).transpose()?;
            Ok(Standing::Kept { wish: wish.map(|wish| (number, wish)) })
        }
        _ => {
            fields.skip(2);
            let other: NodeReport = from_json(fields.text()?)?;
            let lease_left = Duration::from_millis(fields.number()?);
            Ok(Standing::NameTaken { address: other.address, lease_left })
        }
    }
}
