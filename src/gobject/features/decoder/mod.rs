//! `SoupContentDecoder`: asks servers for encoded bodies, and undoes the encodings.

mod converter;
mod filter;

pub use converter::{BrotliDecompressor, ZstdDecompressor};

use gio::prelude::*;
use glib::subclass::prelude::*;

use self::filter::DecodeFilter;
use crate::gobject::features::body_filter::FilteredBody;
use crate::gobject::message::uri::has_tls;
use crate::gobject::session::feature::BodyStage;
use crate::gobject::{Message, Session, SessionFeature, SessionFeatureImpl};
use crate::proto::content_coding::{Decoder, codings_of};
use crate::proto::http1::headers::HeaderList;
use crate::proto::limits;

glib::wrapper! {
    /// The feature that undoes Content-Encoding.
    pub struct ContentDecoder(ObjectSubclass<imp::ContentDecoder>) @implements SessionFeature;
}

mod imp {
    use super::*;

    /// It has no state: each body has its own.
    #[derive(Default)]
    pub struct ContentDecoder;

    #[glib::object_subclass]
    impl ObjectSubclass for ContentDecoder {
        const NAME: &'static str = "SoupContentDecoder";
        const FINAL: bool = true;
        type Type = super::ContentDecoder;
        type Interfaces = (SessionFeature,);
    }

    impl ObjectImpl for ContentDecoder {}

    impl SessionFeatureImpl for ContentDecoder {
        fn will_send(&self, _session: &Session, message: &Message) {
            let headers = message.request_headers();
            let asked = headers.list().contains("Accept-Encoding");
            if asked || message.method().is_some_and(|method| method == "CONNECT") {
                return;
            }
            // The name and the values are valid.
            let _ = headers.append("Accept-Encoding", codings_for(message));
        }

        fn foresee(&self, message: &Message, headers: &mut HeaderList) {
            if !headers.contains("Accept-Encoding") {
                // The same.
                let _ = headers.append("Accept-Encoding", codings_for(message));
            }
        }

        fn body_stage(&self) -> BodyStage {
            BodyStage::ContentEncoding
        }

        fn wrap_body(
            &self,
            _session: &Session,
            message: &Message,
            body: &gio::InputStream,
        ) -> Option<gio::InputStream> {
            let codings = codings_of(&message.response_headers().list())?;
            codings.into_iter().fold(None, |outer, coding| {
                let below = outer.as_ref().unwrap_or(body);
                let decoder = Decoder::new(coding, limits::DECODED_BODY);
                Some(FilteredBody::new(below, DecodeFilter::new(decoder)).upcast())
            })
        }
    }
}

/// What is asked for. Proxies that meddle with plain HTTP break encodings that they do not know.
fn codings_for(message: &Message) -> &'static str {
    match message.uri().is_some_and(|uri| has_tls(&uri.scheme())) {
        true => "gzip, deflate, br, zstd",
        false => "gzip, deflate",
    }
}
