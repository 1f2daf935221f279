//! How islands speak with the server.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// Posts JSON to an own address; the status of what is not a success, 0 when nothing came back.
pub(super) async fn post<T: serde::de::DeserializeOwned>(path: &str, body: &str) -> Result<T, u16> {
    let window = web_sys::window().ok_or(0u16)?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(body));
    let headers = web_sys::Headers::new().map_err(|_| 0u16)?;
    headers.set("content-type", "application/json").map_err(|_| 0u16)?;
    init.set_headers(&headers);
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await.map_err(|_| 0u16)?.unchecked_into();
    if !response.ok() {
        return Err(response.status());
    }
    let text = JsFuture::from(response.text().map_err(|_| 0u16)?).await.map_err(|_| 0u16)?;
    serde_json::from_str(&text.as_string().unwrap_or_default()).map_err(|_| 0u16)
}
