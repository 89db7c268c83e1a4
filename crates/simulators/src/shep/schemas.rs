//! Messages held to schemas by xmllint: to ours of `docs/shep`, and to the gateway's own where they are at hand. For tests.

use std::io::{Result, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// What xmllint says against a message by a schema; `None` where it has nothing to say.
///
/// # Errors
/// xmllint cannot be run.
pub fn complaint(schema: &Path, message: &str) -> Result<Option<String>> {
    let mut xmllint = Command::new("xmllint");
    let xmllint = xmllint.args(["--huge", "--noout", "--nonet", "--schema"]).arg(schema).arg("-");
    let mut child =
        xmllint.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(message.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((!output.status.success()).then_some(told))
}

/// The message in the body of an envelope; of a fault, what its detail holds.
#[must_use]
pub fn content_of(envelope: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(envelope).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let named = |name: &str| document.descendants().find(|node| node.tag_name().name() == name);
    let holder = named("detail").or_else(|| named("Body"))?;
    text.get(holder.first_element_child()?.range()).map(ToOwned::to_owned)
}

/// The schema of the control of access to personal data: ours, for theirs is not public.
const CONTROL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/shep/kdp.xsd");
/// The schema of the register of natural persons: ours too.
const PERSONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/shep/gbdfl.xsd");

/// Writes `all.xsd` into a folder, over the gateway's own schemas. Their files import one namespace from several others, of
/// which libxml2 takes the first alone: so all of a namespace are put together before they are asked for.
///
/// # Errors
/// Files.
pub fn write_driver(folder: &Path, theirs: &Path) -> Result<PathBuf> {
    let together = |name: &str, namespace: &str, files: &[PathBuf]| {
        let includes: String = files
            .iter()
            .map(|file| format!("<xs:include schemaLocation='{}'/>", file.display()))
            .collect();
        let text = format!(
            "<xs:schema xmlns:xs='{XML_SCHEMA}' targetNamespace='{namespace}'>{includes}</xs:schema>"
        );
        std::fs::write(folder.join(name), text)
    };
    let files = |folder: &Path| -> Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let common_namespace = "http://bip.bee.kz/common/v10/Types";
    together("common.xsd", common_namespace, &files(&theirs.join("common/v10/Types"))?)?;
    let names = ["ISyncChannel", "SyncMessageInfo", "SyncMessageInfoResponse"];
    let types = theirs.join("SyncChannel/v10/Types");
    let sync: Vec<_> = names.iter().map(|name| types.join(format!("{name}.xsd"))).collect();
    together("sync.xsd", "http://bip.bee.kz/SyncChannel/v10/Types", &sync)?;
    let messages = "http://bip.bee.kz/AsyncChannel/v10/ITypes";
    let types = theirs.join("AsyncChannel/v10/Types");
    let mut parts = files(&types)?;
    parts.retain(|path| !path.to_string_lossy().contains("/IAsync"));
    together("async.xsd", messages, &parts)?;
    let import = |namespace: &str, file: &str| {
        format!("<xs:import namespace='{namespace}' schemaLocation='{file}'/>")
    };
    let imports = [
        import(common_namespace, "common.xsd"),
        import("http://bip.bee.kz/SyncChannel/v10/Types", "sync.xsd"),
        import(messages, "async.xsd"),
        import(
            "http://bip.bee.kz/AsyncChannel/v10/Types",
            &types.join("IAsyncChannel.xsd").to_string_lossy(),
        ),
        import(
            "http://bip.bee.kz/AsyncChannel/v10/Types/Client",
            &types.join("IAsyncChannelClient.xsd").to_string_lossy(),
        ),
        // Types that data declare: they must be known to be judged.
        import("http://service.2fa-chain.kz/ns/kdp", CONTROL),
        import("http://message.persistence.interactive.nat", PERSONS),
    ];
    let all = format!("<xs:schema xmlns:xs='{XML_SCHEMA}'>{}</xs:schema>", imports.concat());
    let driver = folder.join("all.xsd");
    std::fs::write(&driver, all)?;
    Ok(driver)
}
