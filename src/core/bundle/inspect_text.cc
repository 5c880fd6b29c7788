// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/counted.h"
#include "base/format.h"
#include "base/printable.h"
#include "bundle/agreement_gates.h"
#include "bundle/basis.h"
#include "bundle/inspect.h"

namespace seben::bundle {
namespace {

using Json = nlohmann::json;

// Names and values come from files.
std::string plain(const Json& value) {
  if (value.is_string()) return base::printable(value.get<std::string>());
  if (value.is_number_float()) return base::format("{:.6g}", value.get<double>());
  return base::printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string many(const Json& number, const char* one) { return base::counted(number.get<std::int64_t>(), one); }

std::string human_bytes(std::uint64_t bytes) {
  constexpr const char* units[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return base::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return base::format("{:.1f} {}", value, units[unit]);
}

class Lines {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    text_ += base::format(format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  void heading(const char* title) { add("\n{}", title); }
  void field(const char* name, const std::string& value) { add("  {:<14}{}", name, value); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string weights_line(const Json& summary) {
  std::string dtypes;
  for (const auto& item : summary["dtypes"].items()) {
    dtypes += base::format("{}{} {}", dtypes.empty() ? "" : ", ", item.value().get<int>(), item.key());
  }
  return base::format("{} ({}), {}, {}", base::counted(summary["tensors"].get<std::size_t>(), "tensor"), dtypes,
                      base::counted(summary["elements"].get<std::int64_t>(), "number"),
                      human_bytes(summary["bytes"].get<std::uint64_t>()));
}

void add_tensors(Lines& lines, const Json& tensors) {
  std::size_t width = 4;
  for (const Json& tensor : tensors) {
    width = std::max(width, std::min<std::size_t>(60, tensor["name"].get_ref<const std::string&>().size()));
  }
  for (const Json& tensor : tensors) {
    lines.add("  {:<{}}  {:<5} {:<22} {}", plain(tensor["name"]), width, plain(tensor["dtype"]), tensor["shape"].dump(),
              human_bytes(tensor["bytes"].get<std::uint64_t>()));
  }
}

std::string padding_line(const Json& mel) {
  return base::format(
      "{}, log-mel of {}",
      mel.value("padding", "samples") == "samples" ? "silence before the log-mel" : "zeros behind the log-mel",
      mel.value("scope", "window") == "window" ? "each window" : "the whole recording");
}

void add_contract(Lines& lines, const char* title, const char* if_none, const Json& contract) {
  if (contract.is_null()) {
    lines.add("  {}: nothing ({})", title, if_none);
    return;
  }
  const Json& layout = contract["layout"];
  const Json& mel = contract["mel"];
  const Json& extractor = contract["extractor"];
  const Json& downsampling = contract["downsampling"];
  const auto stride = [&](const char* by) {
    return downsampling.contains(by) ? plain(downsampling[by]) : "not stated";
  };
  lines.add("  {}", title);
  lines.add("    features      [{}, {}], {} frames per second", plain(layout["frames"]), plain(layout["dim"]),
            plain(layout["frames_per_second"]));
  lines.add("    downsampling  extractor {}, head {}{}", stride("extractor"), stride("head"),
            contract.contains("output_frames")
                ? base::format("; {} frames after the head", plain(contract["output_frames"]))
                : "");
  lines.add("    mel           {} bins, {} filters, FFT {}, hop {}, window {}, floor {}, range {}, {}",
            plain(mel["n_mels"]), plain(mel["filter_bank"]), plain(mel["n_fft"]), plain(mel["hop"]),
            plain(mel["window"]), plain(mel["log_floor"]), plain(mel["log_range"]), plain(mel["scaling"]));
  lines.add("    padding       {}", padding_line(mel));
  lines.add("    audio         {} Hz, windows of {} samples", plain(mel["sample_rate"]), plain(mel["window_samples"]));
  lines.add("    extractor     {} {}, {}, weights {}", plain(extractor["kind"]), plain(extractor["variant"]),
            plain(extractor["precision"]), plain(extractor["weights"]));
}

void add_head(Lines& lines, const Json& head, const Json& vocabulary) {
  lines.heading("head");
  lines.field("kind", plain(head["kind"]) + (head["trajectory"].get<bool>() ? " with trajectory bias" : ""));
  const std::string cells = head.contains("cells") ? " of 2 x " + plain(head["cells"]) + " cells" : "";
  lines.field("shape",
              base::format("{} in, width {}, {}, {} classes, stride {}", plain(head["input_dim"]), plain(head["width"]),
                           many(head["layers"], "layer") + cells, plain(head["classes"]), plain(head["stride"])));
  lines.field("weights", weights_line(head["weights"]));
  lines.field("vocabulary", base::format("{} classes, blank {}, masked {}", plain(vocabulary["classes"]),
                                         plain(vocabulary["blank"]), plain(vocabulary["masked"])));
}

void add_decoder(Lines& lines, const Json& decoder) {
  lines.heading("text decoder");
  lines.field("name", plain(decoder["name"]));
  lines.field("shape", base::format("width {}, {} of {}, inner {}, {} positions, {} tokens", plain(decoder["d_model"]),
                                    many(decoder["layers"], "layer"), many(decoder["heads"], "head"),
                                    plain(decoder["ffn"]), plain(decoder["positions"]), plain(decoder["vocabulary"])));
  lines.field("weights", weights_line(decoder["weights"]));
  lines.field("tokenizer", plain(decoder["tokenizer"]));
  lines.field("padding", padding_line(decoder["mel"]));
  lines.field("generation", decoder["generation"].is_null() ? "defaults" : plain(decoder["generation"]));
}

void add_parts(Lines& lines, const Json& json) {
  lines.heading("encoder");
  if (const Json& encoder = json["encoder"]; encoder.is_null()) {
    lines.add("  none: features come from outside");
  } else {
    lines.field("variant", plain(encoder["variant"]));
    lines.field("shape",
                base::format("{} mel bins, width {}, {} of {}, inner {}, {} positions", plain(encoder["n_mels"]),
                             plain(encoder["d_model"]), many(encoder["layers"], "layer"),
                             many(encoder["heads"], "head"), plain(encoder["ffn"]), plain(encoder["positions"])));
    lines.field("keeps", base::format("1 frame in {}", plain(encoder["subsample"])));
    lines.field("weights", weights_line(encoder["weights"]));
  }
  if (json["head"].is_null()) {
    lines.heading("head");
    lines.add("  none: a bundle of Whisper's text decoder");
  } else {
    add_head(lines, json["head"], json["vocabulary"]);
  }
  for (const Json& decoder : json["decoders"]) add_decoder(lines, decoder);
}

void add_gates(Lines& lines, const Json& gates) {
  for (const Json& gate : gates) {
    lines.add("    {:<14} {} ({} {})", plain(gate["name"]), plain(gate["value"]),
              gate["sense"] == "at_most" ? "at most" : "at least", plain(gate["limit"]));
  }
  const bool counted = std::ranges::any_of(
      gates, [](const Json& gate) { return gate["name"] == kRecordingsGate || gate["name"] == kSecondsGate; });
  if (!counted) lines.add("    measured by a version that did not count its recordings: measure it again");
}

void add_records(Lines& lines, const Json& json) {
  const auto admitted = json["admitted_precisions"].get<std::vector<std::string>>();
  lines.add("  admitted: {}", admitted.empty() ? "none" : base::printable(base::join(admitted, ", ")));
  for (const Json& record : json["precisions"]) {
    lines.add("  {}: {} on {} ({}, {} changed)", plain(record["precision"]),
              record["admitted"].get<bool>() ? "admitted" : "not admitted", plain(record["evaluation"]),
              many(record["utterances"], "utterance"), many(record["outputs_changed"], "text"));
    add_gates(lines, record["gates"]);
  }
}

void add_precisions(Lines& lines, const Json& json) {
  if (!json["head"].is_null() || json["decoders"].empty()) {
    lines.heading("precision record");
    add_records(lines, json);
  }
  for (const Json& decoder : json["decoders"]) {
    lines.add("\nprecision record of text decoder {}", plain(decoder["name"]));
    add_records(lines, decoder);
  }
}

void add_skew(Lines& lines, const Json& records) {
  if (records.empty()) return;
  lines.heading("skew records");
  for (const Json& record : records) {
    lines.add("  {} clips, {} frames of {}: error mean {}, max {}; cosine mean {}, min {}; CER difference {} ({})",
              plain(record["clips"]), plain(record["frames"]), plain(record["evaluation"]), plain(record["mean_error"]),
              plain(record["max_error"]), plain(record["mean_cosine"]), plain(record["min_cosine"]),
              plain(record["cer_difference"]), record["within_bounds"].get<bool>() ? "within bounds" : "out of bounds");
    add_gates(lines, record.value("basis", Json::array()));
    for (const Json& difference : record["differences"]) {
      lines.add("    {}: {} instead of {}", plain(difference["field"]), plain(difference["provided"]),
                plain(difference["required"]));
    }
  }
}

void add_provenance(Lines& lines, const Json& provenance) {
  if (provenance.contains("ctc_infeasible") && provenance["ctc_infeasible"].contains("share") &&
      provenance["ctc_infeasible"]["share"].is_number()) {
    lines.heading("CTC");
    lines.add("  {:.1f} % of the training utterances have more characters than the head has frames for",
              100.0 * provenance["ctc_infeasible"]["share"].get<double>());
  }
  if (provenance.empty()) return;
  lines.heading("provenance");
  for (const auto& item : provenance.items()) lines.add("  {:<14}{}", base::printable(item.key()), plain(item.value()));
}

std::string bundle_text(const Json& json) {
  Lines lines;
  lines.add("bundle {} ({})", plain(json["name"]), plain(json["licence"]));
  lines.add("digest {}", plain(json["digest"]));
  add_parts(lines, json);
  lines.heading("feature contract");
  add_contract(lines, "provides", "features come from outside", json["contract"]["provides"]);
  add_contract(lines, "requires", "no head", json["contract"]["requires"]);
  add_precisions(lines, json);
  add_skew(lines, json["skew"]);
  lines.heading("files");
  for (const Json& file : json["files"]) {
    lines.add("  {}  {:>9}  {} ({})", plain(file["sha256"]).substr(0, 16),
              human_bytes(file["bytes"].get<std::uint64_t>()), plain(file["path"]), plain(file["role"]));
  }
  add_provenance(lines, json["provenance"]);
  return lines.take();
}

std::string tensors_text(const Json& json) {
  Lines lines;
  lines.add("{}: {}", plain(json["path"]), weights_line(json["summary"]));
  if (!json["metadata"].empty()) lines.heading("metadata");
  for (const auto& item : json["metadata"].items())
    lines.add("  {} = {}", base::printable(item.key()), plain(item.value()));
  if (json.contains("contract")) {
    lines.heading("feature contract");
    add_contract(lines, "of these features", "", json["contract"]);
  }
  lines.heading("tensors");
  add_tensors(lines, json["tensors"]);
  return lines.take();
}

std::string packet_text(const Json& json) {
  Lines lines;
  lines.add("{}: packet of features {} (windows, frames, width), {}, {}{}", plain(json["path"]), json["shape"].dump(),
            plain(json["codec"]), human_bytes(json["bytes"].get<std::uint64_t>()),
            json["bits_per_value"].is_null() ? "" : ", " + plain(json["bits_per_value"]) + " bits a value");
  lines.heading("feature contract");
  add_contract(lines, "of these features", "the packet has none", json["contract"]);
  if (!json["contract"].is_null()) lines.add("    SHA-256       {}", plain(json["contract_digest"]));
  return lines.take();
}

}  // namespace

std::string inspect_text(const Json& inspected) {
  const std::string kind = inspected["kind"];
  if (kind == "bundle") return bundle_text(inspected);
  if (kind == "tensors") return tensors_text(inspected);
  if (kind == "packet") return packet_text(inspected);
  return base::format("{}: {} {}, {}\n", plain(inspected["path"]), plain(inspected["dtype"]), inspected["shape"].dump(),
                      human_bytes(inspected["bytes"].get<std::uint64_t>()));
}

}  // namespace seben::bundle
