//! The OpenAPI document, made from the code, and the page on which it is read and tried.

use axum::Router;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{AdditionalProperties, Components, OneOf, Schema, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, RefOr, Response};
use utoipa_swagger_ui::{Config, SwaggerUi};

#[derive(OpenApi)]
#[openapi(
    components(schemas(edge::Problem)),
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
    for path in document.paths.paths.values_mut() {
        let of_path = [&mut path.get, &mut path.post, &mut path.put, &mut path.delete];
        for operation in of_path.into_iter().flatten() {
            for response in operation.responses.responses.values_mut() {
                name_problems(response);
            }
            // Iamport may say more with its webhooks than it does today.
            let is_ours = operation.tags.iter().flatten().all(|tag| tag != "iamport");
            if let (true, Some(RefOr::T(body))) = (is_ours, &mut operation.request_body) {
                close_request(body, document.components.get_or_insert_default());
            }
        }
    }
    // In which order an example has its fields depends on what else is built; the document does not.
    for schema in document.components.get_or_insert_default().schemas.values_mut() {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.examples.iter_mut().for_each(Value::sort_all_objects);
        }
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

/// Says that a write takes no other fields than these, as it does.
fn close_request(body: &mut RequestBody, components: &mut Components) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        // What may be left out is an object all the same, and never `null`.
        if let Some(RefOr::T(Schema::OneOf(OneOf { items, .. }))) = &content.schema
            && let [said, ..] = items.as_slice()
        {
            content.schema = Some(said.clone());
        }
        if let Some(RefOr::Ref(to)) = &content.schema {
            close(&to.ref_location, components);
        }
    }
}

fn close(reference: &str, components: &mut Components) {
    let name = reference.rsplit('/').next().unwrap_or_default();
    let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name) else { return };
    // A word has no fields.
    if object.schema_type != SchemaType::Type(Type::Object) {
        return;
    }
    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    let inner: Vec<String> = object
        .properties
        .values()
        .filter_map(|property| match property {
            RefOr::Ref(to) => Some(to.ref_location.clone()),
            RefOr::T(_) => None,
        })
        .collect();
    for reference in inner {
        close(&reference, components);
    }
}

/// Gives an answer that is a problem the media type of problems.
fn name_problems(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<Content>| {
        let RefOr::T(Content { schema: Some(RefOr::Ref(to)), .. }) = content else { return false };
        to.ref_location.ends_with("/Problem")
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.swap_remove("application/json")
    {
        response.content.insert("application/problem+json".to_owned(), content);
    }
}

/// `/docs`, Swagger UI, and the document below it. All of it comes from this process.
pub fn docs() -> Router {
    let config = Config::default().validator_url("none");
    SwaggerUi::new("/docs").url("/docs/openapi.json", openapi()).config(config).into()
}
