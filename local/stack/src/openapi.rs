//! The OpenAPI document, made from the code.

use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gudok",
        version = "1",
        description = "Recurring billing with Iamport. JSON, amounts in whole won, times RFC 3339, dates in Korea. \
                       Errors are RFC 9457 problems with a stable `type` and a Korean `detail` fit to show."
    ),
    tags(
        (name = "member", description = "What members do. The uid comes from the Firebase ID token."),
        (name = "admin", description = "What admins do: the token carries the custom claim `admin: true`."),
        (name = "iamport", description = "What Iamport tells. Nothing in it is believed.")
    )
)]
struct Document;

/// The document of the whole API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    for part in [
        checkout::Api::openapi(),
        iamport_webhook::Api::openapi(),
        account::Api::openapi(),
        cancellation::Api::openapi(),
        admin::Api::openapi(),
    ] {
        document.merge(part);
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("Firebase ID token")
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme("firebase", SecurityScheme::Http(bearer));
    document
}
