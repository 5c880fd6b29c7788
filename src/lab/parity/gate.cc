// SPDX-License-Identifier: Apache-2.0
#include "parity/gate.h"

#include "base/json.h"

namespace seben::parity {
namespace {

const Limit& limit_of(Place place, const ModeGates& gates) {
  switch (place) {
    case Place::stage: return gates.stage_error;
    case Place::encoder: return gates.encoder_error;
    case Place::head: return gates.head_error;
    case Place::logits: break;
  }
  return gates.logits_error;
}

const char* name_of(Place place) noexcept {
  switch (place) {
    case Place::stage: return "stage_error";
    case Place::encoder: return "encoder_error";
    case Place::head: return "head_error";
    case Place::logits: break;
  }
  return "logits_error";
}

double share(std::int64_t n, std::int64_t of) noexcept {
  return of == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(of);
}

}  // namespace

double measured(const Difference& d, Measure measure) noexcept {
  switch (measure) {
    case Measure::error: return d.error;
    case Measure::mse: return d.mse;
    case Measure::share: break;
  }
  return d.share;
}

std::vector<GateResult> judge(const std::string& mode, const std::string& check, Place place, const Difference& d,
                              const ModeGates& gates) {
  const Limit& most = limit_of(place, gates);
  return {{mode, check, name_of(place), measured(d, gates.measure), most.value, true, most.source},
          {mode, check, "min_cosine", d.cosine, gates.min_cosine.value, false, gates.min_cosine.source}};
}

GateResult judge_classes(const std::string& mode, const std::string& check, const Classes& classes,
                         const ModeGates& gates) {
  const Limit& most = gates.max_argmax_share;
  return {mode, check, "max_argmax_share", share(classes.changes, classes.frames), most.value, true, most.source};
}

GateResult judge_texts(const std::string& mode, const std::string& check, const Figures& figures,
                       const ModeGates& gates) {
  const Limit& most = gates.max_text_share;
  return {mode, check, "max_text_share", share(figures.text_changes, figures.texts), most.value, true, most.source};
}

Limit read_limit(const base::JsonReader& parent, const char* key, double least, double most) {
  const base::JsonReader r = parent.object(key);
  r.refuse_unknown_keys({"value", "source"});
  Limit out{r.number("value"), r.string("source")};
  if (!(out.value >= least && out.value <= most)) {
    r.fail("value", std::to_string(least) + " to " + std::to_string(most), std::to_string(out.value));
  }
  if (out.source.empty()) r.fail("source", "where the number comes from", "nothing");
  return out;
}

}  // namespace seben::parity
