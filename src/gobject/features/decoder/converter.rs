//! `SoupBrotliDecompressor` and `SoupZstdDecompressor`: the decoders as `GConverter`s, for `GConverterInputStream`.

use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};

use gio::ffi as gio_ffi;
use glib::gobject_ffi;
use glib::subclass::prelude::*;
use glib::translate::*;

use crate::gobject::glue::errors::io_error;
use crate::proto::content_coding::{Coding, Decoder, Violation};
use crate::proto::limits;

/// The instance struct of both, as large as libsoup's.
#[repr(C)]
pub struct SoupDecompressor<const ZSTD: bool> {
    parent_instance: gobject_ffi::GObject,
    reserved: [*mut c_void; 2],
}

const _: () = assert!(size_of::<SoupDecompressor<true>>() == 40);

/// What one conversion does.
struct Step {
    read: usize,
    written: usize,
    result: gio_ffi::GConverterResult,
}

/// A decoder, which is made when it is needed first.
#[derive(Default)]
struct State(Mutex<Option<Decoder>>);

impl State {
    fn reset(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn convert(
        &self,
        coding: Coding,
        input: &[u8],
        out: &mut [u8],
        at_end: bool,
    ) -> Result<Step, glib::Error> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let decoder = state.get_or_insert_with(|| Decoder::new(coding, limits::DECODED_BODY));
        if out.is_empty() {
            return Err(io_error(gio::IOErrorEnum::NoSpace, "The output buffer is empty"));
        }
        let mut left = input;
        let invalid = |violation: Violation| io_error(gio::IOErrorEnum::InvalidData, &violation.to_string());
        let written = decoder.decode(&mut left, out).map_err(invalid)?;
        let read = input.len() - left.len();
        let is_over = written == 0 && left.is_empty() && at_end;
        match is_over.then(|| decoder.finish()) {
            Some(Ok(())) => Ok(Step {
                read,
                written,
                result: gio_ffi::G_CONVERTER_FINISHED,
            }),
            Some(Err(violation)) => Err(io_error(gio::IOErrorEnum::PartialInput, &violation.to_string())),
            None if read == 0 && written == 0 => {
                Err(io_error(gio::IOErrorEnum::PartialInput, "More input is needed"))
            }
            None => Ok(Step {
                read,
                written,
                result: gio_ffi::G_CONVERTER_CONVERTED,
            }),
        }
    }
}

/// A class of converters.
trait Decompressor: ObjectSubclass {
    const CODING: Coding;
    fn state(&self) -> &State;
}

glib::wrapper! {
    /// Undoes brotli.
    pub struct BrotliDecompressor(ObjectSubclass<imp::BrotliDecompressor>) @implements gio::Converter;
}

glib::wrapper! {
    /// Undoes zstd.
    pub struct ZstdDecompressor(ObjectSubclass<imp::ZstdDecompressor>) @implements gio::Converter;
}

mod imp {
    use super::*;

    /// The instance data.
    #[derive(Default)]
    pub struct BrotliDecompressor(State);

    #[glib::object_subclass]
    impl ObjectSubclass for BrotliDecompressor {
        const NAME: &'static str = "SoupBrotliDecompressor";
        const FINAL: bool = true;
        type Type = super::BrotliDecompressor;
        type Instance = SoupDecompressor<false>;
        type Interfaces = (gio::Converter,);
    }

    impl ObjectImpl for BrotliDecompressor {}

    impl Decompressor for BrotliDecompressor {
        const CODING: Coding = Coding::Brotli;

        fn state(&self) -> &State {
            &self.0
        }
    }

    /// The instance data.
    #[derive(Default)]
    pub struct ZstdDecompressor(State);

    #[glib::object_subclass]
    impl ObjectSubclass for ZstdDecompressor {
        const NAME: &'static str = "SoupZstdDecompressor";
        const FINAL: bool = true;
        type Type = super::ZstdDecompressor;
        type Instance = SoupDecompressor<true>;
        type Interfaces = (gio::Converter,);
    }

    impl ObjectImpl for ZstdDecompressor {}

    impl Decompressor for ZstdDecompressor {
        const CODING: Coding = Coding::Zstd;

        fn state(&self) -> &State {
            &self.0
        }
    }
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupDecompressor<false> {
    type Type = imp::BrotliDecompressor;
}

// SAFETY: repr(C), and the parent's struct comes first.
unsafe impl InstanceStruct for SoupDecompressor<true> {
    type Type = imp::ZstdDecompressor;
}

// SAFETY: both slots are filled, with functions of their types.
unsafe impl IsImplementable<imp::BrotliDecompressor> for gio::Converter {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        fill::<imp::BrotliDecompressor>(interface);
    }
}

// SAFETY: both slots are filled, with functions of their types.
unsafe impl IsImplementable<imp::ZstdDecompressor> for gio::Converter {
    fn interface_init(interface: &mut glib::Interface<Self>) {
        fill::<imp::ZstdDecompressor>(interface);
    }
}

fn fill<T: Decompressor>(interface: &mut glib::Interface<gio::Converter>) {
    let slots = interface.as_mut();
    slots.convert = Some(convert::<T>);
    slots.reset = Some(reset::<T>);
}

unsafe extern "C" fn reset<T: Decompressor>(converter: *mut gio_ffi::GConverter) {
    // SAFETY: the slot was installed for `T`, so the instance is one of its class.
    let imp: &T = unsafe { (*converter.cast::<T::Instance>()).imp() };
    imp.state().reset();
}

unsafe extern "C" fn convert<T: Decompressor>(
    converter: *mut gio_ffi::GConverter,
    input: *mut u8,
    input_size: usize,
    out: *mut u8,
    out_size: usize,
    flags: gio_ffi::GConverterFlags,
    read: *mut usize,
    written: *mut usize,
    error: *mut *mut glib::ffi::GError,
) -> gio_ffi::GConverterResult {
    // SAFETY: the slot was installed for `T`, so the instance is one of its class.
    let imp: &T = unsafe { (*converter.cast::<T::Instance>()).imp() };
    let input = match input_size {
        0 => &[],
        // SAFETY: GIO's contract: that many bytes.
        size => unsafe { std::slice::from_raw_parts(input, size) },
    };
    let out = match out_size {
        0 => &mut [],
        // SAFETY: GIO's contract: that many bytes, which a slice wants initialized.
        size => unsafe {
            out.write_bytes(0, size);
            std::slice::from_raw_parts_mut(out, size)
        },
    };
    let at_end = flags & gio_ffi::G_CONVERTER_INPUT_AT_END != 0;
    match imp.state().convert(T::CODING, input, out, at_end) {
        Ok(step) => {
            // SAFETY: GIO's own places, never NULL.
            unsafe {
                *read = step.read;
                *written = step.written;
            }
            step.result
        }
        Err(failure) => {
            if !error.is_null() {
                // SAFETY: the caller's place for an error.
                unsafe { *error = failure.into_glib_ptr() };
            }
            gio_ffi::G_CONVERTER_ERROR
        }
    }
}
