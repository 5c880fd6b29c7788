// SPDX-License-Identifier: Apache-2.0
#include "evaluate/feature_export.h"

#include "audio/decoder.h"
#include "audio/windows.h"
#include "base/file.h"
#include "bundle/contract.h"
#include "codecs/packet.h"
#include "engine/recogniser.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::pipeline {

ExportedFeatures export_features(const bundle::Bundle& bundle, const std::string& audio, const std::string& out,
                                 const FeatureExport& options,
                                 const std::function<void(double done, double total)>& progress) {
  require_encoder(bundle);
  bundle.require_head("features: its contract says which");
  if (!out.ends_with(".spkt")) throw Error(ErrorCategory::usage, out, "a name that ends in .spkt", "another");
  const kernels::Precision precision = choose_precision(bundle, {options.precision});
  quant::PacketHeader header;
  header.policy = quant::parse_feature_policy(options.codec, "--codec");
  header.dim = bundle.required().dim;
  header.window_frames = bundle.required().frames;
  header.contract = frontend::to_text(bundle.provided(precision));
  audio::AudioDecoder decoder = audio::AudioDecoder::open(audio);
  base::AtomicFile file(out);  // with the header: what does not fit shows before the weights are packed
  quant::PacketWriter writer(
      header, [&](std::span<const std::byte> bytes) { file.write(bytes); }, out);
  const Recogniser recogniser(bundle, {precision, kernels::thread_count(options.threads), {}, true});
  const auto memory = recogniser.make_memory();
  audio::WindowReader windows([&](std::span<float> samples) { return decoder.read(samples); }, 0);
  ExportedFeatures result;
  Timings unused;
  while (const auto w = windows.next()) {
    writer.push(recogniser.features(w->samples.first(w->valid), *memory, unused));
    writer.end_window();
    ++result.windows;
    if (progress) {
      progress(static_cast<double>(w->start + static_cast<std::int64_t>(w->valid)) / audio::kSampleRate,
               decoder.info().duration_seconds.value_or(0.0));
    }
  }
  writer.finish();
  result.bytes = file.bytes_written();
  file.commit();
  result.bits_per_value =
      8.0 * static_cast<double>(result.bytes) / static_cast<double>(result.windows * header.window_frames * header.dim);
  return result;
}

}  // namespace seben::pipeline
