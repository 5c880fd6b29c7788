// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/output.h"
#include "seben/error.h"

#ifdef SEBEN_SERVE
#include <algorithm>
#include <csignal>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/file.h"
#include "base/interrupt.h"
#include "base/posix.h"
#include "cli/model_choice.h"
#include "kernels/threads.h"
#include "site/site.h"
#endif

namespace seben::cli {
namespace {

struct ServeFlags {
  std::vector<std::string> models, origins, hosts, proxies;
  std::string listen = "127.0.0.1:8080", key_file, precision = "auto";
  int threads = 0, slots = 0, queue = 32, sessions = 64, upload_mib = 512, idle_unload = 600, drain = 30, rate = 0;
  double max_seconds = 14'400.0;
  bool strict = false, quiet = false;
};

#ifdef SEBEN_SERVE

// NAME=BUNDLE, or a bundle whose folder's name it gets.
std::pair<std::string, std::string> read_model(const std::string& word) {
  const std::size_t sign = word.find('=');
  const std::string place = sign == std::string::npos ? word : word.substr(sign + 1);
  std::string name = word.substr(0, sign);
  if (sign == std::string::npos) {
    const std::size_t end = name.find_last_not_of('/');
    name = end == std::string::npos ? name : name.substr(0, end + 1);
    name = name.substr(name.find_last_of('/') + 1);
  }
  if (name.empty() || place.empty()) throw Error(ErrorCategory::usage, "--model", "NAME=BUNDLE", word);
  return {name, choose_model("", place)};
}

// ADDRESS:PORT, [ADDRESS]:PORT of IPv6, or a port of this machine alone.
void read_listen(const std::string& word, serve::SiteOptions& out) {
  const std::size_t colon = word.rfind(':');
  const std::string port = colon == std::string::npos ? word : word.substr(colon + 1);
  std::string address = colon == std::string::npos ? "127.0.0.1" : word.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address == "localhost") address = "127.0.0.1";
  const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoi(port) > 65'535 || address.empty()) {
    throw Error(ErrorCategory::usage, "--listen", "ADDRESS:PORT", word);
  }
  out.address = address;
  out.port = static_cast<std::uint16_t>(std::stoi(port));
}

std::string read_key(const std::string& path) {
  if (path.empty()) return {};
  std::string key = base::read_text(path, 4096);
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  const auto printable = [](char c) { return c > ' ' && c < 0x7F; };
  if (key.size() < 16 || !std::all_of(key.begin(), key.end(), printable)) {
    throw Error(ErrorCategory::bad_data, path, "one line of 16 or more printable characters", "another");
  }
  return key;
}

serve::SiteOptions options_of(const ServeFlags& flags) {
  if (flags.models.empty()) throw Error(ErrorCategory::usage, "--model", "at least one, NAME=BUNDLE", "none");
  serve::SiteOptions out;
  read_listen(flags.listen, out);
  out.api_key = read_key(flags.key_file);
  for (const std::string& model : flags.models) out.models.push_back(read_model(model));
  out.threads = kernels::thread_count(flags.threads);
  const int processors = kernels::thread_count(0);
  out.slots = static_cast<std::size_t>(flags.slots != 0 ? flags.slots : std::max(1, processors / out.threads));
  out.queue = static_cast<std::size_t>(flags.queue);
  out.sessions = static_cast<std::size_t>(flags.sessions);
  out.precision = flags.precision;
  out.upload_bytes = static_cast<std::uint64_t>(flags.upload_mib) << 20U;
  out.sound_seconds = flags.max_seconds;
  out.idle_unload = std::chrono::seconds(flags.idle_unload);
  out.drain = std::chrono::seconds(flags.drain);
  out.origins = flags.origins;
  out.hosts = flags.hosts;
  out.rate = static_cast<std::size_t>(flags.rate);
  out.proxies = flags.proxies;
  out.strict = flags.strict;
  if (!flags.quiet) out.log = [](const std::string& line) { print_err("{}", line); };
  return out;
}

// The first signal lets requests finish, a second one ends at once: the handlers are those of base/interrupt.h while
// nothing has to be tidied up, so that a thread of its own waits for the signals here.
int wait_for_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, one);
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

void block_signals(int how) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, one);
  pthread_sigmask(how, &signals, nullptr);
}

// Each connection has a thread, and glibc gives threads heaps of their own, each of which would keep what the largest
// window took of it: few heaps, and large blocks that go back at once (decision 71).
void keep_few_heaps() {
#ifdef __GLIBC__
  constexpr int kHeaps = 4, kLargeBlock = 1 << 20;
  (void)::mallopt(M_ARENA_MAX, kHeaps);
  (void)::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
#endif
}

void serve_models(const ServeFlags& flags) {
  keep_few_heaps();
  const serve::SiteOptions options = options_of(flags);
  block_signals(SIG_BLOCK);  // the site's threads inherit it
  int signal = 0;
  bool finished = true;
  {
    serve::Site site(options);
    const bool v6 = options.address.find(':') != std::string::npos;
    print_err("seben: serving at http://{}{}{}:{}", v6 ? "[" : "", options.address, v6 ? "]" : "", site.port());
    signal = wait_for_signal();
    print_err("seben: signal {}: finishing what is in flight; a second signal ends at once", signal);
    block_signals(SIG_UNBLOCK);
    finished = site.stop();
  }
  if (!finished) print_err("seben: some requests were cut off after {} s", options.drain.count());
}

#else

void serve_models(const ServeFlags&) {
  print_err("seben: serve: expected a program that was built with -DSEBEN_SERVE=ON, found one without");
  throw Failed(69);
}

#endif

}  // namespace

void add_serve(const App& app) {
  App command = app.add_subcommand("serve", "Answer over HTTP as OpenAI's audio API does, with a page for people");
  auto flags = std::make_shared<ServeFlags>();
  command->add_option("-m,--model", flags->models,
                      "NAME=BUNDLE: a folder, or a model that seben fetch brought; may be repeated, the first is the "
                      "default");
  command->add_option("-l,--listen", flags->listen, "ADDRESS:PORT to listen at; port 0 is any that is free")
      ->capture_default_str();
  command->add_option("-t,--threads", flags->threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command
      ->add_option("--slots", flags->slots,
                   "How many windows are computed at once; 0 (default): processors divided by --threads")
      ->within(0, 256);
  command->add_option("--queue", flags->queue, "How many requests may wait; more are answered 503")
      ->capture_default_str()
      ->within(0, 10'000);
  command->add_option("--sessions", flags->sessions, "How many live sessions there may be at once")
      ->capture_default_str()
      ->within(0, 1'000);
  command->add_option("--max-upload", flags->upload_mib, "Largest upload in MiB")
      ->capture_default_str()
      ->within(1, 65'536);
  command->add_option("--max-seconds", flags->max_seconds, "Longest recording in seconds")
      ->capture_default_str()
      ->positive();
  command
      ->add_option("--idle-unload", flags->idle_unload,
                   "Seconds after which a model that nobody uses leaves memory; 0: never")
      ->capture_default_str()
      ->not_negative();
  command->add_option("-p,--precision", flags->precision, "Arithmetic: auto (default), f32, bf16 or int8");
  command->add_option("--api-key-file", flags->key_file, "File with the key that clients have to send as bearer token");
  command->add_option("--allow-origin", flags->origins,
                      "Origin of a page elsewhere that may use the server (https://example.org); may be repeated");
  command->add_option("--host", flags->hosts,
                      "Name under which the server is reached, behind a proxy; may be repeated");
  command
      ->add_option("--rate", flags->rate,
                   "How many transcriptions and live sessions each client (address) may begin in a minute; more are "
                   "answered 429; 0 (default): any number")
      ->within(0, 1'000'000);
  command->add_option("--proxy", flags->proxies,
                      "Address of a proxy whose X-Forwarded-For says which client asks; may be repeated");
  command->add_option("--drain", flags->drain, "Seconds for requests in flight when the server is stopped")
      ->capture_default_str()
      ->not_negative();
  command->add_flag("--strict", flags->strict,
                    "Refuse form fields that nobody knows, instead of naming them in a header");
  command->add_flag("-q,--quiet", flags->quiet, "No line for each request");
  command->footer("Example: seben serve --model nko=bundles/nko-base --listen 127.0.0.1:8080");
  command->callback([flags] { serve_models(*flags); });
}

}  // namespace seben::cli
