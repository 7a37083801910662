#include "probes/client/ftp_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cctype>
#include <cstring>
#include <deque>

#include "probes/net/connect_tcp.hpp"
#include "probes/net/curl_handle.hpp"
#include "probes/net/curl_multi.hpp"
#include "probes/net/in_thread.hpp"
#include "probes/net/password.hpp"
#include "probes/net/tls_session.hpp"

namespace drydock {
namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxListing = 4 * 1024 * 1024;
constexpr Duration kDataPatience{10000};         ///< for the handshake of a data connection
constexpr std::size_t kMaxReplies = 256 * 1024;  ///< octets of the control connection's replies, of one session
constexpr std::size_t kMaxExchanges = 500;

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string verb_of(std::string_view command) {
  std::string verb(command.substr(0, command.find(' ')));
  for (char& c : verb) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return verb;
}

/// Every octet but RFC 3986's unreserved ones and the slash as %HH.
std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(octet) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", octet);
  }
  return text;
}

/// Replies that end an operation without ending the dialogue.
bool is_refusal(int result) {
  switch (static_cast<CURLcode>(result)) {
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_LOGIN_DENIED:
    case CURLE_UPLOAD_FAILED:
    case CURLE_QUOTE_ERROR:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_FTP_COULDNT_SET_TYPE:
    case CURLE_FTP_PORT_FAILED:
    case CURLE_FTP_WEIRD_PASS_REPLY:
    case CURLE_FTP_WEIRD_PASV_REPLY:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_REMOTE_FILE_EXISTS:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct FtpClient::State : net::CurlListener {
  State(const ProbeContext& given, FtpLogin wanted, Observation& seen)
      : context(given),
        login(std::move(wanted)),
        out(seen),
        handle(*this, login.to, given.subject.surroundings.vantage.dials_from(login.to.ip)) {
    multi = curl_multi_init();
    if (!multi) throw Failure(ErrorKind::local, "libcurl can't make a multi handle");
    handle.close_gently();
    handle.speak_from(login.options.minimum_version);
  }
  ~State() override {
    handle.interrupt();
    curl_multi_cleanup(multi);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void sent(std::string_view line) override;
  void begin_stage();
  void answered(Reply reply);
  bool received(std::string_view raw) override;
  bool body(std::string_view octets) override;
  void tls_done(const ssl_st* session) override;
  void configure();
  void aim(std::string_view path, std::string given_stage);
  asio::awaitable<FtpOutcome> perform();
  asio::awaitable<void> connect();
  int drive();
  bool is_data_silent(std::optional<Deadline>& until);
  [[nodiscard]] FtpOutcome outcome(int result);
  asio::awaitable<FtpOutcome> perform_upload();

  const ProbeContext& context;
  FtpLogin login;
  Observation& out;
  net::CurlHandle handle;
  CURLM* multi = nullptr;
  bool connected = false;
  bool fresh = false;  ///< the next transfer needs a connection of its own
  std::string stage;   ///< of the operation under way, once its own command is sent
  std::string url;
  std::deque<std::string> unanswered;  ///< verbs, oldest first
  std::string last_answered;
  ReplyParser parser{ReplyForm::ftp};
  std::vector<FtpExchange> exchanges;
  std::size_t reply_octets = 0;
  std::optional<Error> problem;
  std::optional<ErrorKind> data_error;
  std::string body_octets;
  std::size_t limit = kMaxListing;
  ErrorKind past_limit = ErrorKind::local;  ///< whose fault more octets than `limit` are
  std::string upload;
  std::size_t uploaded = 0;
};

/// Before USER is sent; a connection that is ended here carries nothing more.
void FtpClient::State::tls_done(const ssl_st* session) {
  try {
    net::demand_proof(net::PasswordIs::real, net::describe_session(session, login.options, WallTime::clock::now()),
                      login.options.server_name);
  } catch (const Failure& failure) {
    problem = Error{failure.kind(), failure.what()};
    if (last_answered.empty() || last_answered == "AUTH") out.stage = "login";  // TLS began: what is left out is that
    handle.hang_up();
  }
}

void FtpClient::State::sent(std::string_view line) {
  line = without_line_end(line);
  std::string verb = verb_of(line);
  out.transcript.sent(verb == "PASS" ? "PASS ********" : line);
  // libcurl says QUIT on a connection that it drops, perhaps while another one is in use.
  if (verb != "QUIT") unanswered.push_back(std::move(verb));
  begin_stage();
}

/// The dialogue is where the oldest command without an answer is.
void FtpClient::State::begin_stage() {
  if (unanswered.empty()) return;
  const std::string& verb = unanswered.front();
  if (verb == "AUTH") out.stage = "starttls";
  if (verb == "USER" || verb == "PASS") out.stage = "login";
  if (verb == "PASV" || verb == "EPSV") out.stage = "passive";
  if (verb == "NLST" || verb == "STOR" || verb == "RETR" || verb == "DELE") out.stage = stage;
}

/// Replies come in the order of the commands, and any but 1yz is the end of one's (RFC 959 §5.4). libcurl sends another
/// PASV where the data connection ends under a STOR, before it has STOR's reply: that reply is not PASV's.
void FtpClient::State::answered(Reply reply) {
  const bool whole = reply.code >= 200;
  if (!unanswered.empty()) last_answered = unanswered.front();
  if (whole && !unanswered.empty()) unanswered.pop_front();
  exchanges.push_back({last_answered, std::move(reply)});
  begin_stage();
}

bool FtpClient::State::received(std::string_view raw) {
  const std::string_view line = without_line_end(raw);
  out.transcript.received(line);
  reply_octets += raw.size();
  if (reply_octets > kMaxReplies || exchanges.size() > kMaxExchanges) {
    problem = Error{ErrorKind::protocol, "the server's replies never end"};
    return false;
  }
  const auto complete = parser.add_line(line);
  if (complete.has_error()) {
    problem = complete.error();
    return false;
  }
  if (*complete) answered(parser.take());
  return true;
}

bool FtpClient::State::body(std::string_view octets) {
  if (body_octets.size() + octets.size() > limit) {
    problem = Error{past_limit, fmt::format("the server sends more than {} octets", limit)};
    return false;
  }
  body_octets += octets;
  return true;
}

void FtpClient::State::configure() {
  CURL* easy = handle.get();
  net::set_option(easy, CURLOPT_USERNAME, login.user.c_str());
  net::set_option(easy, CURLOPT_PASSWORD, login.password.c_str());
  net::set_option(easy, CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_NOCWD));
  net::set_option(easy, CURLOPT_FTP_SKIP_PASV_IP, 1L);
  net::set_option(easy, CURLOPT_FTP_USE_EPSV, login.to.ip.find(':') == std::string::npos ? 0L : 1L);
  net::set_option(easy, CURLOPT_USE_SSL, login.tls == TlsMode::none ? long{CURLUSESSL_NONE} : long{CURLUSESSL_ALL});
  net::set_option(easy, CURLOPT_FTPSSLAUTH, static_cast<long>(CURLFTPAUTH_TLS));
  curl_read_callback read = [](char* buffer, std::size_t unit, std::size_t count, void* self) -> std::size_t {
    auto& state = *static_cast<State*>(self);
    const std::size_t size = std::min(unit * count, state.upload.size() - state.uploaded);
    std::memcpy(buffer, state.upload.data() + state.uploaded, size);
    state.uploaded += size;
    return size;
  };
  net::set_option(easy, CURLOPT_READFUNCTION, read);
  net::set_option(easy, CURLOPT_READDATA, this);
}

void FtpClient::State::aim(std::string_view path, std::string given_stage) {
  CURL* easy = handle.get();
  const std::string host = !login.options.server_name.empty()           ? login.options.server_name
                           : login.to.ip.find(':') == std::string::npos ? login.to.ip
                                                                        : fmt::format("[{}]", login.to.ip);
  url =
      fmt::format("{}://{}:{}/{}", login.tls == TlsMode::implicit ? "ftps" : "ftp", host, login.to.port, escaped(path));
  stage = std::move(given_stage);
  body_octets.clear();
  limit = kMaxListing;
  past_limit = ErrorKind::local;
  net::set_option(easy, CURLOPT_URL, url.c_str());
  net::set_option(easy, CURLOPT_UPLOAD, 0L);
  net::set_option(easy, CURLOPT_NOBODY, 0L);
  net::set_option(easy, CURLOPT_DIRLISTONLY, 0L);
  net::set_option(easy, CURLOPT_QUOTE, static_cast<curl_slist*>(nullptr));
}

asio::awaitable<void> FtpClient::State::connect() {
  net::demand_one_line("FTP", login.user, login.password);
  out.stage = "connect";
  out.address = login.to.text();
  auto socket = co_await net::connect_tcp(context.subject.surroundings.vantage.dials_from(login.to.ip), login.to);
  if (context.answered) context.answered->insert(login.to.ip);
  out.transcript.note(fmt::format("connected to {}, as {}", login.to.text(), login.user));
  handle.adopt(socket.release());
  unanswered.clear();
  last_answered.clear();
  parser = ReplyParser(ReplyForm::ftp);
  connected = true;
  out.stage = "banner";
}

FtpOutcome FtpClient::State::outcome(int result) {
  FtpOutcome outcome;
  if (!exchanges.empty()) outcome.reply = exchanges.back().reply;
  outcome.octets = std::move(body_octets);
  body_octets.clear();
  if (problem) throw Failure(problem->kind, problem->message);
  outcome.done = result == CURLE_OK;
  if (outcome.done) return outcome;
  const bool negative = outcome.reply.code >= 400;
  if (is_refusal(result) && negative) return outcome;
  const bool turned_away = negative && exchanges.back().command.empty();
  if (outcome.reply.code == 421 || turned_away) return outcome;
  if (result == CURLE_PARTIAL_FILE && negative) return outcome;
  const Error error = handle.explain(result, fmt::format("{} was under way", out.stage));
  // The control connection is made elsewhere.
  if (result == CURLE_COULDNT_CONNECT && error.kind != ErrorKind::local) data_error = error.kind;
  throw Failure(error.kind, error.message);
}

/// Whether the data connection has had no answer for so long that there will be none. `until` is when: set where it
/// begins to wait.
bool FtpClient::State::is_data_silent(std::optional<Deadline>& until) {
  if (!handle.is_connecting()) {
    until.reset();
    return false;
  }
  const auto now = Clock::now();
  if (!until) until = now + std::min<Clock::duration>(kDataPatience, (context.deadline - now) / 2);
  return now >= *until;
}

/// Runs the transfer to its end, in a thread. libcurl watches only the data connection while its TLS begins, even where
/// a reply waits on the control connection: hence the short waits.
int FtpClient::State::drive() {
  constexpr int kWait = 10;  // milliseconds
  curl_multi_add_handle(multi, handle.get());
  int running = 1;
  std::optional<Deadline> data_deadline;
  while (running > 0 && curl_multi_perform(multi, &running) == CURLM_OK) {
    if (running > 0) curl_multi_poll(multi, nullptr, 0, kWait, nullptr);
    if (!is_data_silent(data_deadline)) continue;
    data_error = ErrorKind::timeout;
    problem = Error{ErrorKind::timeout, "the port of the passive reply gave no answer in time"};
    break;
  }
  int result = CURLE_FAILED_INIT;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left))
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  curl_multi_remove_handle(multi, handle.get());
  return result;
}

asio::awaitable<FtpOutcome> FtpClient::State::perform() {
  if (login.tls == TlsMode::none) net::demand_proof(net::PasswordIs::real, std::nullopt, login.options.server_name);
  if (!connected) co_await connect();
  net::set_option(handle.get(), CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
  fresh = false;
  int result = CURLE_OK;
  co_await net::in_thread([this, &result] { result = drive(); }, [this] { handle.interrupt(); });
  co_return outcome(result);
}

/// A server may want every data connection to resume a TLS session (ProFTPD does), and a ticket of TLS 1.3 serves once.
/// An upload reads nothing, so it leaves libcurl without a new ticket: what comes next logs in again to get one.
asio::awaitable<FtpOutcome> FtpClient::State::perform_upload() {
  FtpOutcome outcome = co_await perform();
  if (login.tls == TlsMode::none) co_return outcome;
  handle.hang_up();
  connected = false;
  fresh = true;
  co_return outcome;
}

FtpClient::FtpClient(const ProbeContext& context, FtpLogin login, Observation& out)
    : state_(std::make_unique<State>(context, std::move(login), out)) {
  state_->configure();
}

FtpClient::~FtpClient() = default;

asio::awaitable<FtpOutcome> FtpClient::list(std::string stage) {
  state_->aim("", std::move(stage));
  net::set_option(state_->handle.get(), CURLOPT_DIRLISTONLY, 1L);
  return state_->perform();
}

asio::awaitable<FtpOutcome> FtpClient::store(std::string stage, std::string path, std::string octets) {
  state_->aim(path, std::move(stage));
  state_->upload = std::move(octets);
  state_->uploaded = 0;
  net::set_option(state_->handle.get(), CURLOPT_UPLOAD, 1L);
  net::set_option(state_->handle.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(state_->upload.size()));
  return state_->perform_upload();
}

asio::awaitable<FtpOutcome> FtpClient::retrieve(std::string stage, std::string path, std::size_t limit) {
  state_->aim(path, std::move(stage));
  state_->limit = limit;
  state_->past_limit = ErrorKind::protocol;
  return state_->perform();
}

static asio::awaitable<FtpOutcome> with_command(asio::awaitable<FtpOutcome> work, curl_slist* command) {
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> owned(command, &curl_slist_free_all);
  FtpOutcome outcome = co_await std::move(work);
  co_return outcome;
}

asio::awaitable<FtpOutcome> FtpClient::remove(std::string stage, std::string path) {
  state_->aim("", std::move(stage));
  curl_slist* command = curl_slist_append(nullptr, fmt::format("DELE {}", path).c_str());
  net::set_option(state_->handle.get(), CURLOPT_NOBODY, 1L);
  net::set_option(state_->handle.get(), CURLOPT_QUOTE, command);
  return with_command(state_->perform(), command);
}

const std::vector<FtpExchange>& FtpClient::exchanges() const {
  return state_->exchanges;
}

std::optional<ErrorKind> FtpClient::data_error() const {
  return state_->data_error;
}

const Reply* FtpClient::reply_to(std::string_view verb) const {
  const auto& all = state_->exchanges;
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const FtpExchange& e) { return e.command == verb; });
  return found == all.rend() ? nullptr : &found->reply;
}

}  // namespace drydock
