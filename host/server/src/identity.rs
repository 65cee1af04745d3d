//! Who sends a request: secrets, the session cookie, and the user behind it.
//!
//! A secret is 256 random bits, written in hexadecimal. The store is given its SHA-256 only, so that whoever reads
//! the data folder can sign in as nobody.

use std::fmt::Write as _;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use collabcanvas_canvas::UserId;
use collabcanvas_storage::{AccountStore, Login, SecretHash, StoreError, User};
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::OsRng;
use rand::{RngCore, TryRngCore};
use sha2::{Digest, Sha256};

use crate::clock::now_ms;

/// The name of the session cookie.
pub(crate) const SESSION_COOKIE: &str = "collabcanvas_session";

/// How long a browser stays signed in: 400 days, the longest that browsers keep a cookie. The cookie is all that an
/// invited person has to be known by, so that it should not end before they do.
const SESSION_SECONDS: u64 = 400 * 24 * 60 * 60;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub user: User,
    /// The session that the request came with.
    pub session: SecretHash,
}

/// A fresh secret of 256 bits: for cookies and links.
pub(crate) struct Secret(String);

impl Secret {
    /// A new one, from the operating system's generator.
    pub fn random() -> Self {
        let mut bits = [0_u8; 32];
        OsRng.unwrap_err().fill_bytes(&mut bits);
        let mut text = String::with_capacity(64);
        for byte in bits {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// What the person who owns it is given.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What the store is given.
    pub fn hash(&self) -> SecretHash {
        hash(&self.0)
    }
}

/// What the store knows a secret by.
pub(crate) fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// What the store knows a sign-in link by, among sessions: no cookie has this hash.
fn link_hash(token: &str) -> SecretHash {
    hash(&format!("sign-in link {token}"))
}

/// How long the sign-in link of a host counts at the others.
const LINK_SECONDS: u64 = 24 * 60 * 60;

/// Lets the sign-in link that this host prints count at all hosts, since nobody knows which one it is opened at.
pub(crate) async fn share_link(
    accounts: &dyn AccountStore,
    link: &Secret,
    operator: &UserId,
) -> Result<(), StoreError> {
    let created_ms = now_ms();
    let login = Login { user: operator.clone(), created_ms, expires_ms: created_ms + LINK_SECONDS * 1000 };
    accounts.create_login(&link_hash(link.text()), &login).await
}

/// Whom the sign-in link of another host signs in.
pub(crate) async fn shared_link(accounts: &dyn AccountStore, token: &str) -> Result<Option<UserId>, StoreError> {
    Ok(accounts.login(&link_hash(token), now_ms()).await?.map(|login| login.user))
}

/// A random id of 22 letters and digits (131 bits): nobody guesses it, and nobody has it already.
pub(crate) fn random_id() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 22)
}

/// A session's cookie, and how long and how safely browsers keep it.
pub(crate) fn session_cookie(secret: &Secret, secure: bool) -> HeaderValue {
    cookie(secret.text(), SESSION_SECONDS, secure)
}

/// The cookie that makes a browser forget its session.
pub(crate) fn no_cookie(secure: bool) -> HeaderValue {
    cookie("", 0, secure)
}

fn cookie(value: &str, seconds: u64, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).expect("hexadecimal digits and the words above may stand in a header")
}

/// Starts a session for a user; the secret goes into their cookie.
pub(crate) async fn start_session(accounts: &dyn AccountStore, user: &UserId) -> Result<Secret, StoreError> {
    let secret = Secret::random();
    let created_ms = now_ms();
    let login = Login { user: user.clone(), created_ms, expires_ms: created_ms + SESSION_SECONDS * 1000 };
    accounts.create_login(&secret.hash(), &login).await?;
    Ok(secret)
}

/// Who sends a request with these headers; none when nobody is signed in.
pub(crate) async fn caller(accounts: &dyn AccountStore, headers: &HeaderMap) -> Result<Option<Caller>, StoreError> {
    let Some(session) = session_of(headers).map(hash) else { return Ok(None) };
    let Some(login) = accounts.login(&session, now_ms()).await? else { return Ok(None) };
    Ok(accounts.user(&login.user).await?.map(|user| Caller { user, session }))
}

/// The session cookie's value.
fn session_of(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == SESSION_COOKIE).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_is_never_the_same() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_eq!(one.text().len(), 64);
        assert_ne!(one.text(), other.text());
        assert_eq!(one.hash(), hash(one.text()));
    }

    #[test]
    fn the_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        let secret = Secret::random();
        let text = |secure| session_cookie(&secret, secure).to_str().unwrap().to_owned();
        let plain = format!("collabcanvas_session={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000", secret.text());
        assert_eq!(text(false), plain);
        assert_eq!(text(true), format!("{plain}; Secure"));
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("theme=dark; collabcanvas_session_old=x"));
        assert_eq!(session_of(&headers), None);
        headers.append(COOKIE, HeaderValue::from_static("a=b;collabcanvas_session=abc; c=d"));
        assert_eq!(session_of(&headers), Some("abc"));
    }
}
