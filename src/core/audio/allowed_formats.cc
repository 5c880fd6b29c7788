// SPDX-License-Identifier: Apache-2.0
#include "audio/allowed_formats.h"

#include <string_view>

namespace seben::audio {
namespace {

bool list_has(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == name) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

const char* allowed_containers() noexcept {
  return "wav,w64,aiff,caf,au,flac,mp3,aac,loas,ac3,eac3,ogg,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
         "amr,amrnb,amrwb,asf,avi,flv,mpeg,mpegts,wv,tta,ape,gsm";
}

const char* allowed_codecs() noexcept {
  return "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_u16le,pcm_u16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,"
         "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,pcm_s16le_planar,pcm_s16be_planar,pcm_bluray,"
         "pcm_dvd,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,adpcm_yamaha,adpcm_g722,g722,adpcm_g726,g726,"
         "adpcm_g726le,g726le,g723_1,g729,mp1,mp1float,mp2,mp2float,mp3,mp3float,aac,aac_fixed,aac_latm,ac3,eac3,"
         "flac,alac,opus,libopus,vorbis,libvorbis,speex,libspeex,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,"
         "gsm,gsm_ms,libgsm,libgsm_ms,wmav1,wmav2,wmapro,wmavoice,wmalossless,wavpack,tta,ape,qcelp,evrc,ilbc,"
         "libilbc,nellymoser";
}

bool is_allowed_codec(const char* name) noexcept { return list_has(allowed_codecs(), name); }

bool is_allowed_container(const char* name) noexcept {
  std::string_view names = name;
  while (true) {
    const std::size_t comma = names.find(',');
    if (list_has(allowed_containers(), names.substr(0, comma))) return true;
    if (comma == std::string_view::npos) return false;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace seben::audio
