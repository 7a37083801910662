#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "probes/client/smtp_client.hpp"
#include "probes/smtp/relay_variants.hpp"

namespace drydock {

/// How a way into a host turned out.
enum class WayEnd {
  asked,     ///< the server took part in a dialogue there
  silent,    ///< a connection, and not a word: the server may wait for TLS
  in_clear,  ///< the server spoke in clear where TLS was to begin
  absent     ///< no connection, no SMTP, or no TLS
};

/// The variants of one way into a host, three by three (that many refusals are drawn on purpose), each three on a
/// connection of their own. Records itself in the observation, from smtp_relay.ways on.
class RelayWayDialogue {
public:
  /// `first`: for the first connection alone, whose patience may be smaller. All must outlive the dialogue.
  RelayWayDialogue(const ProbeContext& context, const ProbeContext& first, Observation& out, Duration back_off,
                   RelayWay way);

  /// Throws nothing but what cancels it.
  boost::asio::awaitable<WayEnd> run();
  [[nodiscard]] bool offers_starttls() const { return offers_starttls_; }
  /// What ended it where it was not `asked`, or where a variant stayed without an answer.
  [[nodiscard]] const std::optional<Failure>& broken() const { return broken_; }
  [[nodiscard]] const std::string& broken_stage() const { return broken_stage_; }

private:
  boost::asio::awaitable<void> ask();
  boost::asio::awaitable<void> ask_variants(SmtpClient& session);
  boost::asio::awaitable<void> ask_for_control(SmtpClient& session);
  boost::asio::awaitable<void> ask_for_stranger();
  boost::asio::awaitable<void> try_variant(SmtpClient& session, const RelayVariant& variant);
  boost::asio::awaitable<bool> begin(SmtpClient& session, const std::string& sender);
  boost::asio::awaitable<SmtpClient> open(const std::string& purpose);
  [[nodiscard]] const Reply* refusal_of(const std::string& sender) const;
  [[nodiscard]] bool wants_stranger() const;
  [[nodiscard]] bool goes_on_after(const Failure& failure, const Reply* ended_by, bool progress);
  [[nodiscard]] WayEnd end_of(const Failure& failure) const;
  void note_reply(const RelayVariant& variant, const Reply& reply);

  const ProbeContext& context_;
  const ProbeContext& first_;
  Observation& out_;
  Duration back_off_;
  RelayWay way_;
  std::vector<RelayVariant> variants_ = relay_variants(context_.subject);
  std::vector<std::string> controls_ = relay_controls(context_.subject);  ///< those that are left to be asked
  std::vector<std::pair<std::string, Reply>> refused_senders_;
  std::size_t next_ = 0;
  bool met_ = false;  ///< greeted, and inside TLS where that is the way
  bool offers_starttls_ = false;
  bool controlled_ = false;            ///< a local recipient was taken on this connection
  std::optional<std::string> sender_;  ///< of the transaction under way
  int idle_ = 0;                       ///< connections in a row that brought no answer
  int breaks_ = 0;                     ///< variants that stayed without an answer
  std::optional<Failure> broken_;
  std::string broken_stage_;
};

}  // namespace drydock
