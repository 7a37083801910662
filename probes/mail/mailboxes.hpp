#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "probes/mail/mailbox.hpp"
#include "probes/mail/probe.hpp"

namespace drydock {

/// All the mailboxes in which one message must arrive, from before it is sent until it is removed. Notes what it sees
/// as facts of the type mail. While it waits it holds neither a connection nor its slot where others want that.
/// `plan`, `context` and `out` must outlive it.
class Mailboxes {
public:
  Mailboxes(const MailPlan& plan, const ProbeContext& context, Observation& out);

  /// Opens each, and removes what came late of earlier looks. Throws Failure where one can't be opened, and says whose.
  boost::asio::awaitable<void> open();
  /// Waits for the message and, unless nobody asks for them, for further copies of it, counts them and removes them
  /// all. What the network or a server does wrong is noted, and is no end.
  boost::asio::awaitable<void> follow(Clock::time_point accepted);
  /// Removes what is not removed yet, looking for it again and again until it has come in every mailbox.
  boost::asio::awaitable<void> take_away();
  boost::asio::awaitable<void> close();
  [[nodiscard]] const MessageMarks& marks() const { return marks_; }

private:
  /// One mailbox, and what was seen in it.
  struct Watched {
    std::string login;
    std::unique_ptr<Mailbox> mailbox;
    MailCopies copies = {};  ///< of the last look that found some: only these ids are sure to name them still
    std::size_t most = 0;    ///< copies in one look
    bool last_look_worked = false;
    double seconds = 0;  ///< until the first copy was seen, without `queued`
    double queued = 0;   ///< seconds before it was seen in which it could not be looked for
    Clock::time_point seen_at{};
    std::string trouble = {};    ///< of the last look that failed
    bool removed = false;        ///< all copies that were seen
    std::string why_left = {};   ///< why they are not
    std::string late_left = {};  ///< why messages of earlier looks are still there; empty where none are
  };
  boost::asio::awaitable<void> open(Watched& one);
  boost::asio::awaitable<void> remove_late(Watched& one, std::vector<std::string> ids);
  boost::asio::awaitable<void> look(Watched& one);
  boost::asio::awaitable<void> step_aside(Deadline until);
  boost::asio::awaitable<void> wait_for_first(Watched& one, Clock::time_point accepted);
  boost::asio::awaitable<void> wait_for_more();
  boost::asio::awaitable<void> remove(Watched& one);
  void record(Clock::time_point accepted);
  void record_header(const MailCopies& copies);
  void record_cleaning();

  const MailPlan& plan_;
  const Subject& subject_;
  Slot* const slot_;
  Observation& out_;
  MessageMarks marks_;
  std::vector<Watched> all_;
  Clock::duration queued_{};  ///< how long the last return to the slot took
};

}  // namespace drydock
