// SPDX-License-Identifier: Apache-2.0
#include "audio/demuxer.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "audio/allowed_formats.h"
#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

constexpr int kIoBufferBytes = 32768;
constexpr unsigned kProbeBytes = 1U << 20;  // how far the container is searched for, as in the ffmpeg program
constexpr int kMaxRetries = 100000;         // demuxers answer "again" between resynchronisations

// Movie references, playlists and the like ask for other files through this hook; none is ever opened.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EACCES); }

// FFmpeg's guess gives weight to a file name extension, as in the ffmpeg program. Standard input has none.
const char* probe_name(const ByteSource& source) {
  return source.name() == "standard input" ? "" : source.name().c_str();
}

std::string stream_summary(const AVFormatContext& format) {
  if (format.nb_streams == 0) return "no streams";
  std::string text;
  constexpr unsigned kShown = 4;
  for (unsigned i = 0; i < std::min(format.nb_streams, kShown); ++i) {
    const AVCodecParameters& codec = *format.streams[i]->codecpar;
    const char* type = av_get_media_type_string(codec.codec_type);
    text += (i == 0 ? "" : ", ") + std::string(type != nullptr ? type : "unknown") + " (" +
            avcodec_get_name(codec.codec_id) + ")";
  }
  return "only " + text + (format.nb_streams > kShown ? ", ..." : "");
}

// Matroska's lengths are counted from time 0, at which nothing of a recording need begin.
double before_the_beginning(const AVFormatContext& format) {
  const bool counts = std::string_view(format.iformat->name) == "matroska,webm" && format.start_time != AV_NOPTS_VALUE;
  return counts ? std::max(0.0, static_cast<double>(format.start_time) / AV_TIME_BASE) : 0.0;
}

}  // namespace

std::optional<double> length_of(const AVFormatContext& format, const AVStream& stream) {
  if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0) {
    return static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  }
  if (format.duration != AV_NOPTS_VALUE && format.duration > 0) {
    return static_cast<double>(format.duration) / AV_TIME_BASE - before_the_beginning(format);
  }
  return std::nullopt;
}

Demuxer::Demuxer(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
  create_io();
  open_container();
  choose_stream();
}

void Demuxer::create_io() {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, this, &Demuxer::read_bytes, nullptr,
                               source_->seekable() ? &Demuxer::seek_bytes : nullptr));
  if (io_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  io_->seekable = source_->seekable() ? AVIO_SEEKABLE_NORMAL : 0;
}

int Demuxer::read_bytes(void* self, std::uint8_t* out, int size) {
  auto& demuxer = *static_cast<Demuxer*>(self);
  if (demuxer.failure_) return AVERROR_EXTERNAL;
  try {
    const std::size_t got = demuxer.source_->read(std::span<std::uint8_t>(out, static_cast<std::size_t>(size)));
    demuxer.keep_head({out, got});
    demuxer.position_ += static_cast<std::int64_t>(got);
    return got == 0 ? AVERROR_EOF : static_cast<int>(got);
  } catch (...) {
    demuxer.failure_ = std::current_exception();
    return AVERROR_EXTERNAL;
  }
}

void Demuxer::keep_head(std::span<const std::uint8_t> bytes) {
  if (head_.size() >= kHeadBytes || position_ != static_cast<std::int64_t>(head_.size())) return;
  const auto wanted = bytes.first(std::min(bytes.size(), kHeadBytes - head_.size()));
  head_.insert(head_.end(), wanted.begin(), wanted.end());
}

std::int64_t Demuxer::seek_bytes(void* self, std::int64_t offset, int whence) {
  auto& demuxer = *static_cast<Demuxer*>(self);
  const std::int64_t size = demuxer.source_->size().value_or(-1);
  if ((whence & AVSEEK_SIZE) != 0) return size >= 0 ? size : AVERROR(ENOSYS);
  whence &= ~AVSEEK_FORCE;
  const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? demuxer.position_ : size;
  if (base < 0 || (offset > 0 && base > std::numeric_limits<std::int64_t>::max() - offset)) return AVERROR(EINVAL);
  if (base + offset < 0) return AVERROR(EINVAL);
  try {
    demuxer.source_->seek(base + offset);
    demuxer.position_ = base + offset;
    return demuxer.position_;
  } catch (...) {  // a hostile offset, not a failing disk: reading goes on where it was
    return AVERROR(EINVAL);
  }
}

int Demuxer::interrupted(void*) { return base::interrupt_requested() ? 1 : 0; }

void Demuxer::rethrow_source_failure() {
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  base::throw_if_interrupted();
}

void Demuxer::open_container() {
  decltype(avformat_alloc_context()->iformat) container = nullptr;  // its constness depends on FFmpeg's version
  const int probed = av_probe_input_buffer2(io_.get(), &container, probe_name(*source_), nullptr, 0, kProbeBytes);
  rethrow_source_failure();
  if (probed < 0 || container == nullptr) {
    throw Error(ErrorCategory::bad_data, name(), "a recording (wav, flac, mp3, m4a, ogg, webm, amr, mp4, ...)",
                io_->pos == 0 ? "an empty file" : "no known audio or video container");
  }
  if (!is_allowed_container(container->name)) {
    throw Error(ErrorCategory::bad_data, name() + ": container", "one of those in docs/audio.md", container->name);
  }

  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr) throw std::bad_alloc();
  format->pb = io_.get();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = &refuse_to_open;
  format->interrupt_callback = {&Demuxer::interrupted, nullptr};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  av_dict_set(&options, "format_whitelist", allowed_containers(), 0);
  av_dict_set(&options, "codec_whitelist", allowed_codecs(), 0);
  av_dict_set(&options, "max_streams", "100", 0);
  av_dict_set(&options, "scan_all_pmts", "1", 0);  // as the ffmpeg program does for MPEG transport streams
  const int opened = avformat_open_input(&format, probe_name(*source_), container, &options);  // frees on failure
  av_dict_free(&options);
  if (opened >= 0) format_.reset(format);
  rethrow_source_failure();
  if (opened < 0) {
    throw Error(ErrorCategory::bad_data, name(), "a valid " + std::string(container->name) + " file",
                ffmpeg_message(opened));
  }
  const int found = avformat_find_stream_info(format_.get(), nullptr);
  rethrow_source_failure();
  if (found < 0) {
    throw Error(ErrorCategory::bad_data, name(), "readable streams in the " + std::string(container->name) + " file",
                ffmpeg_message(found));
  }
}

void Demuxer::choose_stream() {
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    AVStream* candidate = format_->streams[i];
    if (stream_ == nullptr && candidate->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      stream_ = candidate;
    } else {
      candidate->discard = AVDISCARD_ALL;
    }
  }
  if (stream_ == nullptr) {
    throw Error(ErrorCategory::bad_data, name(), "an audio stream", stream_summary(*format_));
  }
}

std::optional<double> Demuxer::declared_seconds() const {
  // FFmpeg believes these only where the size agrees.
  if (const auto seconds = mp3_seconds(head_)) return seconds;
  if (const auto seconds = wav_seconds(head_)) return seconds;
  if (length_claim() == LengthClaim::open || format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE) {
    return std::nullopt;
  }
  if (stream_->duration != AV_NOPTS_VALUE && stream_->duration > 0) return length_of(*format_, *stream_);
  if (const auto* tag = av_dict_get(stream_->metadata, "DURATION", nullptr, 0)) {
    const auto seconds = clock_seconds(tag->value);
    return seconds ? std::optional(*seconds - before_the_beginning(*format_)) : std::nullopt;
  }
  return format_->nb_streams == 1 ? length_of(*format_, *stream_) : std::nullopt;  // else it is another's, perhaps
}

int Demuxer::next(AVPacket& packet) {
  int retries = 0;
  while (true) {
    av_packet_unref(&packet);
    const int result = av_read_frame(format_.get(), &packet);
    if (result == AVERROR(EAGAIN) && ++retries < kMaxRetries) continue;
    if (result < 0) {
      rethrow_source_failure();
      return result;
    }
    if (packet.stream_index == stream_->index) return 0;
    base::throw_if_interrupted();
  }
}

}  // namespace seben::audio
