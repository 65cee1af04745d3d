//! The plugins that a server starts with: those that come with it, and those that were installed before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use collabcanvas_plugins::Plugin;
use collabcanvas_rooms::Catalog;

use crate::plugin_files::{PluginFiles, wasm_files};

/// Installs what comes with the server, and keeps it in the data folder; then what was kept there before.
///
/// A plugin that cannot be installed is named in the log, and the server starts without it: its shapes stay as
/// placeholders (P3).
pub(crate) async fn install_all(
    catalog: &Catalog,
    folder: &mut PluginFiles,
    bundle: Option<&Path>,
) -> anyhow::Result<()> {
    if let Some(bundle) = bundle {
        install_bundle(catalog, folder, bundle).await?;
    }
    for path in folder.kept()? {
        let digest = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if catalog.get(digest).is_none() {
            install(catalog, &path).await;
        }
    }
    Ok(())
}

async fn install_bundle(catalog: &Catalog, folder: &mut PluginFiles, bundle: &Path) -> anyhow::Result<()> {
    let files = wasm_files(bundle).with_context(|| {
        format!("the plugins' folder {} cannot be read: build it with `cargo xtask plugins`, or name another with --plugins", bundle.display())
    })?;
    if files.is_empty() {
        tracing::warn!(folder = %bundle.display(), "there is no plugin in it: new projects have no shapes to draw");
    }
    let mut bundled = Vec::new();
    for path in files {
        if let Some((plugin, file)) = install(catalog, &path).await {
            folder.keep(&plugin.digest, &file).await?;
            bundled.push(plugin);
        }
    }
    folder.set_bundled(bundled);
    Ok(())
}

async fn install(catalog: &Catalog, path: &PathBuf) -> Option<(Arc<Plugin>, Vec<u8>)> {
    let began = Instant::now();
    let shown = path.display();
    let file = match std::fs::read(path) {
        Ok(file) => file,
        Err(error) => {
            tracing::error!(file = %shown, %error, "a plugin's file cannot be read");
            return None;
        }
    };
    match catalog.install(file.clone()).await {
        Ok(plugin) => {
            let (ms, version) =
                (u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), &plugin.manifest.version);
            tracing::info!(plugin = plugin.manifest.name, version, digest = &plugin.digest[..12], ms, "plugin ready");
            Some((plugin, file))
        }
        Err(error) => {
            tracing::error!(file = %shown, %error, "a plugin cannot be installed; the server goes on without it");
            None
        }
    }
}
