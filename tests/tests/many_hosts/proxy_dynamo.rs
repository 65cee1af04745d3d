//! What happens to a host's requests on their way to DynamoDB: now this, now that.

use std::net::IpAddr;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use tokio::sync::watch;

use crate::dynamo_faults::{Fault, Proxy, Request};

/// What the way to DynamoDB is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weather {
    /// Everything arrives.
    Fair,
    /// This share of requests goes wrong: lost before or after they are done, throttled, in conflict, refused, done in
    /// part, late.
    Rough(f64),
    /// Every request stands still, and is done when the weather changes, also when nobody waits for it any more.
    Away,
}

/// A way to DynamoDB. It ends with this value.
pub struct DynamoProxy {
    proxy: Proxy,
    weather: watch::Sender<Weather>,
}

impl DynamoProxy {
    /// A way to the server at `endpoint`, from a free port of this address; the seed chooses what goes wrong in rough
    /// weather.
    pub async fn before(endpoint: &str, at: IpAddr, seed: u64) -> anyhow::Result<Self> {
        let (weather, now) = watch::channel(Weather::Fair);
        let mut random = StdRng::seed_from_u64(seed);
        let proxy = Proxy::before_at(at, endpoint, move |request| fate(&now, request, &mut random)).await;
        Ok(Self { proxy, weather })
    }

    /// Where it begins.
    pub fn endpoint(&self) -> &str {
        self.proxy.endpoint()
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

fn fate(now: &watch::Receiver<Weather>, _: &Request, random: &mut StdRng) -> Fault {
    let weather = *now.borrow();
    match weather {
        Weather::Fair => Fault::None,
        Weather::Away => {
            let mut later = now.clone();
            Fault::Late(Box::pin(async move { drop(later.wait_for(|weather| *weather != Weather::Away).await) }))
        }
        Weather::Rough(rate) if !random.random_bool(rate) => Fault::None,
        Weather::Rough(_) => match random.random_range(0..10) {
            0 => Fault::Lost,
            1..=3 => Fault::AnswerLost,
            4 => Fault::Refused(400, "ProvisionedThroughputExceededException"),
            5 => Fault::Refused(500, "InternalServerError"),
            6 => Fault::Conflict,
            7 => Fault::Partly,
            _ => {
                let late = Duration::from_millis(random.random_range(1..2_000));
                Fault::Late(Box::pin(tokio::time::sleep(late)))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use collabcanvas_storage::dynamodb::{client_at, tables};

    use super::*;
    use crate::servers::Dynamo;

    #[tokio::test]
    async fn requests_arrive_stand_still_until_the_weather_changes_or_go_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let dynamo = Dynamo::start(folder.path()).await.unwrap();
        let proxy = DynamoProxy::before(&dynamo.endpoint, std::net::Ipv4Addr::LOCALHOST.into(), 1).await.unwrap();
        let client = client_at(proxy.endpoint());
        tables::create(&client, "fair-").await.unwrap();

        proxy.set(Weather::Away);
        let listing = client.list_tables().send();
        let mut listing = std::pin::pin!(listing);
        assert!(tokio::time::timeout(Duration::from_millis(200), listing.as_mut()).await.is_err(), "it stands still");
        proxy.set(Weather::Fair);
        assert_eq!(listing.await.unwrap().table_names().len(), 4);

        proxy.set(Weather::Rough(1.0));
        let mut answers = Vec::new();
        for _ in 0..20 {
            answers.push(client.list_tables().send().await.is_ok());
        }
        // What concerns batches and transactions only does nothing to this request, and what is late arrives.
        assert!(answers.contains(&true) && answers.contains(&false), "{answers:?}");
    }
}
