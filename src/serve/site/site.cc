// SPDX-License-Identifier: Apache-2.0
#include "site/site.h"

#include <array>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/format.h"
#include "base/printable.h"
#include "http/access.h"
#include "http/rate.h"
#include "http/server.h"
#include "models/model_pool.h"
#include "models/turnstile.h"
#include "openai/answers.h"
#include "openai/api_error.h"
#include "openai/transcriptions.h"
#include "page/page_files.h"
#include "realtime/sessions.h"
#include "seben/version.h"
#include "site/metrics.h"

namespace seben::serve {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kModelsPath = "/v1/models/";
constexpr std::chrono::milliseconds kLetGoEvery{1'000};

// What metrics and the log call a path: a few names, whatever clients invent.
std::string_view route_of(std::string_view path) {
  static constexpr std::array<std::string_view, 10> kRoutes{"/v1/audio/transcriptions",
                                                            "/v1/audio/translations",
                                                            "/v1/models",
                                                            "/v1/realtime",
                                                            "/v1/stream",
                                                            "/health",
                                                            "/healthz",
                                                            "/readyz",
                                                            "/metrics",
                                                            "/openapi.json"};
  for (const std::string_view route : kRoutes) {
    if (path == route) return route;
  }
  if (path.starts_with(kModelsPath)) return "/v1/models/{id}";
  return find_page(path) != nullptr ? "page" : "other";
}

Json describe_model(const ModelFacts& model) {
  return {{"id", model.name},
          {"object", "model"},
          {"created", model.created},
          {"owned_by", "seben"},
          {"seben", {{"ctc", model.has_head}, {"whisper", model.has_whisper}}}};
}

std::vector<ModelPlace> places_of(const SiteOptions& options) {
  std::vector<ModelPlace> out;
  for (const auto& [name, folder] : options.models) out.push_back({name, folder});
  return out;
}

std::vector<std::string> addresses_of(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    auto address = canonical_address(word);
    if (!address) throw Error(ErrorCategory::usage, "proxy", "an IPv4 or IPv6 address", word);
    out.push_back(*std::move(address));
  }
  return out;
}

ServerOptions server_options(const SiteOptions& options) {
  ServerOptions out;
  out.address = options.address;
  out.port = options.port;
  out.connections = options.connections;
  out.header_time = options.header_time;
  out.body_time = options.body_time;
  out.idle_time = options.connection_idle;
  return out;
}

void require_method(const Request& request, std::string_view method) {
  if (request.method == method || (method == "GET" && request.method == "HEAD")) return;
  throw ApiError(405, "method_not_allowed", base::format("expected {}, found {}", method, request.method))
      .with_header("Allow", method == "GET" ? "GET, HEAD" : std::string(method));
}

// Notes what was answered, and adds the headers that every answer has.
class NotedExchange final : public Exchange {
 public:
  NotedExchange(Exchange& inner, Fields headers) : inner_(inner), headers_(std::move(headers)) {}

  [[nodiscard]] const Request& request() const noexcept override { return inner_.request(); }
  std::size_t read_body(std::span<char> out) override { return inner_.read_body(out); }
  void limit_body(std::uint64_t bytes) noexcept override { inner_.limit_body(bytes); }
  void send(const Response& response) override { inner_.send(with_headers(response)); }
  [[nodiscard]] bool answered() const noexcept override { return inner_.answered(); }
  void begin_parts(const Response& head) override { inner_.begin_parts(with_headers(head)); }
  void write_part(std::string_view part) override { inner_.write_part(part); }
  void end_parts() override { inner_.end_parts(); }
  [[nodiscard]] bool peer_gone() const noexcept override { return inner_.peer_gone(); }
  [[nodiscard]] bool stopping() const noexcept override { return inner_.stopping(); }
  [[nodiscard]] bool wants_web_socket() const noexcept override { return inner_.wants_web_socket(); }
  std::unique_ptr<WebSocket> accept_web_socket(const std::string& protocol, std::size_t largest) override {
    status_ = 101;
    return inner_.accept_web_socket(protocol, largest);
  }
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  Response with_headers(Response response) {
    status_ = response.status;
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
    return response;
  }

  Exchange& inner_;
  Fields headers_;
  int status_ = 499;  // nothing was answered: the client is gone
};

}  // namespace

struct Site::Impl {
  explicit Impl(const SiteOptions& o)
      : options(o),
        pool(places_of(o), {o.threads, o.precision, o.idle_unload}),
        turnstile(o.slots),
        transcriptions(pool, turnstile, {o.upload_bytes, o.sound_seconds, o.queue, o.slots, o.strict, o.heartbeat}),
        sessions(pool, turnstile, o.sessions),
        rules{o.api_key, o.hosts, o.origins},
        proxies(addresses_of(o.proxies)),
        rate(o.rate),
        server(
            server_options(o), [this](Exchange& e) { answer(e); },
            [](int status, const std::string& why) { return transport_error(status, why).response(); }),
        keeper([this] { keep(); }) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      over = true;
    }
    changed.notify_all();
    keeper.join();
  }

  void keep() {
    std::unique_lock lock(mutex);
    while (!changed.wait_for(lock, kLetGoEvery, [this] { return over; })) {
      lock.unlock();
      (void)pool.let_go_idle();
      lock.lock();
    }
  }

  void answer(Exchange& plain) {
    const auto begin = Clock::now();
    const std::string id = base::format("req_{:08x}{:08x}", static_cast<unsigned>(std::time(nullptr)), ++number);
    Fields headers{{"Server", "seben/" SEBEN_VERSION}, {"x-request-id", id}, {"X-Content-Type-Options", "nosniff"}};
    if (const std::string origin = foreign_origin(rules, plain.request()); !origin.empty()) {
      headers.emplace_back("Access-Control-Allow-Origin", origin);
      headers.emplace_back("Access-Control-Expose-Headers", "x-request-id, x-seben-ignored");
      headers.emplace_back("Vary", "Origin");
    }
    NotedExchange exchange(plain, std::move(headers));
    std::string note;
    try {
      route(exchange);
    } catch (const Gone& gone) {
      note = gone.what();
    } catch (const std::exception& failure) {
      note = failure.what();
      try {
        if (!exchange.answered()) exchange.send(api_error(failure).response());
      } catch (const Gone&) {
        note += "; nobody waited for it";
      }
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    metrics.count(route_of(plain.request().path), exchange.status(), seconds);
    write_log(plain.request(), exchange.status(), seconds, id, note);
  }

  void write_log(const Request& request, int status, double seconds, const std::string& id, const std::string& note) {
    if (!options.log) return;
    const std::lock_guard lock(log_mutex);
    options.log(base::format("{} {} {} {} {:.3f} s {}{}", client_of(request, proxies), request.method,
                             base::printable(request.path).substr(0, 200), status, seconds, id,
                             note.empty() ? "" : ": " + base::printable(note)));
  }

  void route(Exchange& exchange) {
    const Request& request = exchange.request();
    if (!host_is_known(rules, request)) {
      throw ApiError(403, "unknown_host", "the name in Host is none that this server answers to (--host adds one)");
    }
    if (!origin_is_known(rules, request)) {
      throw ApiError(403, "unknown_origin", "pages of this Origin may not use this server (--allow-origin adds one)");
    }
    if (request.method == "OPTIONS") return preflight(exchange);
    if (const PageFile* file = find_page(request.path)) return send_page(exchange, *file);
    if (request.path == "/health" || request.path == "/healthz" || request.path == "/readyz") return health(exchange);
    if (!has_key(rules, request)) throw ApiError(401, "invalid_api_key", "the key is missing, or is not the server's");
    if (request.path == "/metrics") return send_metrics(exchange);
    if (request.path == "/v1/models" || request.path.starts_with(kModelsPath)) return send_models(exchange);
    if (request.path == "/v1/realtime" || request.path == "/v1/stream") {
      limit_rate(request);
      return sessions.serve(exchange, request.path == "/v1/stream" ? LiveProtocol::own : LiveProtocol::openai);
    }
    const bool translation = request.path == "/v1/audio/translations";
    if (!translation && request.path != "/v1/audio/transcriptions") {
      throw ApiError(404, "unknown_url", "there is nothing at this address");
    }
    require_method(request, "POST");
    limit_rate(request);
    transcriptions.serve(exchange, translation ? Task::translate : Task::transcribe);
  }

  // What computes is counted; the rest is cheap, and a page or a monitor asks for it often.
  void limit_rate(const Request& request) {
    const auto wait = rate.ask(client_of(request, proxies));
    if (!wait) return;
    ++rate_refused;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
    throw ApiError(429, "rate_limit_exceeded",
                   base::format("expected at most {} requests a minute, found more; the next may be made in {} s",
                                options.rate, seconds))
        .with_header("Retry-After", std::to_string(seconds));
  }

  // Only pages that may use the server are told what they may send.
  void preflight(Exchange& exchange) {
    Response out{204, "", "", {{"Allow", "GET, HEAD, POST, OPTIONS"}}};
    if (!foreign_origin(rules, exchange.request()).empty()) {
      out.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST");
      out.headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type");
      out.headers.emplace_back("Access-Control-Max-Age", "600");
    }
    exchange.send(out);
  }

  static void send_page(Exchange& exchange, const PageFile& file) {
    require_method(exchange.request(), "GET");
    Response out{200, std::string(type_of(file)), std::string(file.content), {}};
    out.headers = {
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy",
         "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"},
        {"Permissions-Policy", "microphone=(self)"},
        {"Referrer-Policy", "no-referrer"}};
    exchange.send(out);
  }

  static void health(Exchange& exchange) {
    require_method(exchange.request(), "GET");
    if (exchange.request().path == "/readyz" && exchange.stopping()) {
      throw ApiError(503, "overloaded", "the server is going down");
    }
    exchange.send({200, "application/json", "{\"status\":\"ok\"}\n", {}});
  }

  void send_models(Exchange& exchange) const {
    require_method(exchange.request(), "GET");
    const std::string& path = exchange.request().path;
    Json out;
    if (path == "/v1/models") {
      out = {{"object", "list"}, {"data", Json::array()}};
      for (const ModelFacts& model : pool.models()) out["data"].push_back(describe_model(model));
    } else {
      const ModelFacts* model = pool.find(path.substr(kModelsPath.size()));
      if (model == nullptr) throw ApiError(404, "model_not_found", "there is no model of that name", "model");
      out = describe_model(*model);
    }
    exchange.send({200, "application/json", dump(out) + "\n", {}});
  }

  void send_metrics(Exchange& exchange) const {
    require_method(exchange.request(), "GET");
    const UploadCounts& counts = transcriptions.counts();
    const auto number_of = [](auto value) { return static_cast<double>(value); };
    const std::string text = metrics.text({
        {"seben_connections", "Connections that are open.", number_of(server.connections())},
        {"seben_uploads_in_flight", "Uploads that are being read, wait or are computed.",
         number_of(counts.in_flight.load())},
        {"seben_slots_waiting", "Windows that wait for a slot.", number_of(turnstile.waiting())},
        {"seben_slots_working", "Windows that are being computed.", number_of(turnstile.working())},
        {"seben_live_sessions", "Live sessions that are open.", number_of(sessions.count())},
        {"seben_models_loaded", "Models in memory.", number_of(pool.loaded())},
        {"seben_weight_bytes", "Bytes of packed weights.", number_of(pool.weight_bytes())},
        {"seben_windows_total", "Windows of uploads that were computed.", number_of(counts.windows.load()), true},
        {"seben_sound_seconds_total", "Sound that was transcribed.", number_of(counts.sound_ms.load()) / 1e3, true},
        {"seben_clients_gone_total", "Clients that did not wait for their answer.", number_of(counts.given_up.load()),
         true},
        {"seben_rate_refused_total", "Requests above the rate of their client.", number_of(rate_refused.load()), true},
        {"seben_rate_clients", "Clients whose requests of the last minute are remembered.", number_of(rate.clients())},
    });
    exchange.send({200, "text/plain; version=0.0.4; charset=utf-8", text, {}});
  }

  SiteOptions options;
  ModelPool pool;
  Turnstile turnstile;
  Transcriptions transcriptions;
  LiveSessions sessions;
  AccessRules rules;
  std::vector<std::string> proxies;
  RateLimit rate;
  std::atomic<std::uint64_t> rate_refused = 0;
  Metrics metrics;
  std::atomic<unsigned> number = 0;
  std::mutex log_mutex;
  Server server;  // its threads use what stands above
  std::mutex mutex;
  std::condition_variable changed;
  bool over = false;
  std::thread keeper;
};

Site::Site(const SiteOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Site::~Site() = default;

std::uint16_t Site::port() const noexcept { return impl_->server.port(); }

bool Site::stop() {
  impl_->server.stop_accepting();
  const bool finished = impl_->server.wait_for_end(impl_->options.drain);
  if (!finished) impl_->server.cut();
  return finished;
}

}  // namespace seben::serve
