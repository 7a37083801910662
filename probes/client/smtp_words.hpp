#pragma once
#include <string>
#include <string_view>

/// The words of replies that other servers really send: Postfix, Exim, Sendmail, qmail, Exchange, Gmail, Domino,
/// MDaemon, hMailServer, OpenSMTPD, Haraka, SpamAssassin, rspamd, Amavis. Read by reply.cpp alone.
///
/// A list holds phrases in lower case, with a bar between them; `*` at the end of one: any continuation of its last
/// word. Hyphens are blanks.
namespace drydock::smtp_words {

/// Whether `words` (lower case, hyphens as blanks) has one of the phrases, as whole words.
bool says(std::string_view words, std::string_view phrases);

/// `words` up to the end of the first of the phrases, whole where there is none.
std::string_view up_to(std::string_view words, std::string_view phrases);

/// The text without URLs and mail addresses, hyphens as blanks; where `names` is false without names of hosts too.
std::string without_references(std::string_view text, bool names);

// ---- of the client that asks

/// The client is refused for what it is or does, whoever the mail is for.
inline constexpr std::string_view kClientRefused =
    "block list*|blocklist*|blacklist*|black list*|blackhole*|deny list*|denylist*|dnsbl*|rbl|spamhaus|spamcop|"
    "blocked using|helo|ehlo|greylist*|graylist*|reputation|botnet|dynamic ip|dial up|dialup|reverse dns|rdns|ptr|"
    "banned sending ip|bad karma";

/// It comes too often.
inline constexpr std::string_view kClientRate =
    "rate limit*|ratelimit*|rate exceeded|message rate|throttl*|per hour|per minute|per day|this hour|hourly|"
    "daily quota|sending quota|sending limit|message limit|recipient limit|connection limit|slow down|too fast|"
    "too many connection*|too many concurrent|too many session*|too many messages from|too many messages in|"
    "too many mails from|too many recipient*|too many error*|too many command*|too many nonmail|too many unrecognized|"
    "too many request*|too many attempt*|exceeded permitted limits";

/// It asked for too many users who don't exist.
inline constexpr std::string_view kClientGuesses =
    "too many unknown|too many invalid|too many bad|too many rejected|too many failed|too many non existent|"
    "too many nonexistent|too many wrong";

/// Words that such refusals have, and others as well.
inline constexpr std::string_view kMaybeClient =
    "listed|whitelist*|allowlist*|too many|too much|rate|rates|temporar*|currently|later|blocked|banned";

/// In names that a refusal points to.
inline constexpr std::string_view kBlockListNames = "spamhaus|spamcop|dnsbl|rbl|sorbs|barracudacentral|uceprotect";

/// What the client is taken for before a message has been sent; after that it may be the message.
inline constexpr std::string_view kSpammer = "spam*|junk|abus*|unsolicited";

/// The client, in words that other refusals may have as well.
inline constexpr std::string_view kClient =
    "your ip|your host|your hostname|your server|your address is|your address has|your network|your domain|client host|"
    "client ip|client address|client name|sending host|sending ip|sending server*|sending mta|remote host|"
    "hostname lookup|connecting host|connecting ip|name lookup failed";

// ---- of its sender

/// The sender is refused.
inline constexpr std::string_view kSenderRefused =
    "sender verif*|sender callout|sender address rejected|sender rejected|sender denied|sender domain|domain of sender|"
    "verification failed for|while verifying|verification failed while checking|null sender|empty sender|"
    "bounces are not|no bounces|blank sender";

/// It is not believed; in the report of a content scanner these are reasons among others.
inline constexpr std::string_view kSenderDoubted = "sender address|spf|dmarc|dkim";
/// Words that such refusals have, and others as well.
inline constexpr std::string_view kMaybeSender = "mail from";

// ---- of what must come first

inline constexpr std::string_view kLogin =
    "authentication required|authentication is required|authentication needed|must authenticate|must be authenticated|"
    "not authenticated|authenticate first|requires authentication|auth required|must log in|must login|log in first|"
    "login required|must issue an auth*|auth is required|auth first|must be logged in|must first authenticate|"
    "need to authenticate|need to log in|requires auth|requires smtp auth*";
/// A demand, or a word to a client that is disliked.
inline constexpr std::string_view kMaybeLogin = "please authenticate|please login|please log in";
inline constexpr std::string_view kTls = "tls|starttls|ssl|encrypt*";

// ---- of relaying

inline constexpr std::string_view kRelay = "relay|relays|relayed|relaying";
inline constexpr std::string_view kDenial =
    "denied|not permitted|not allowed|prohibited|unable to|cannot|can't|refused|reject*|forbidden|disabled|no relay*|"
    "do not|don't|won't|not authorized|does not|not accept*|required for relay*|required to relay";

// ---- of the recipient

/// Another server, further on, was asked and refused, or said nothing.
inline constexpr std::string_view kCallout =
    "undeliverable address|callout verification fail*|callout fail*|recipient callout|said: 5*|response: 5*";
/// Where the words of that other server begin.
inline constexpr std::string_view kCalloutBegins =
    "said: 5*|callout verification fail*|callout fail*|response: 5*|was: 5*|response was 5*";

inline constexpr std::string_view kNoSuchUser =
    "user unknown|unknown user*|address unknown|addresses unknown|unknown address*|no account*|no longer accepts mail|"
    "not a local user|no local user|no local mailbox|unknown recipient*|recipient unknown|unknown local|no such user*|"
    "no such recipient*|no such mailbox|no such address|no such person|no such local user|no mailbox|no user|"
    "mailbox not found|mailbox unknown|unknown mailbox|user not found|recipient not found|account not found|"
    "invalid recipient|invalid mailbox|invalid user|not a valid user|not a valid mailbox|not a valid recipient|"
    "user not local|user not listed|not listed in domino*|not listed in public|not listed in the directory|"
    "not listed in the address|not listed in directory|not found in directory|not found in the directory|"
    "user doesn't exist|user does not exist|mailbox does not exist|mailbox doesn't exist|account does not exist|"
    "account doesn't exist|recipient does not exist|address does not exist|account that you tried to reach does not|"
    "this user doesn't have|recipientnotfound|isn't a user here|user is not known|recipient is not known";
/// The domain of the recipient was looked up, and is not there.
inline constexpr std::string_view kUnknownDomain =
    "domain not found|unknown domain|unknown host or domain|no such domain|domain unknown|domain does not exist|"
    "host unknown|host not found|bad destination";
/// No such user, where it is not sure of whom that is said.
inline constexpr std::string_view kDoesNotExist =
    "mailbox unavailable|does not exist|doesn't exist|unrouteable|unroutable|not known here";

inline constexpr std::string_view kMailboxDisabled =
    "account disabled|account is disabled|account has been disabled|mailbox disabled|mailbox is disabled|"
    "mailbox has been disabled|user disabled|user is disabled|user has been disabled|account inactive|"
    "account is inactive|mailbox inactive|mailbox is inactive|account suspended|account is suspended|"
    "account has been suspended|mailbox suspended|user suspended|user is suspended|account locked|account is locked|"
    "mailbox is locked|account expired|account has expired|account is not active|mailbox is not active";
inline constexpr std::string_view kMailboxFull =
    "mailbox full|mailbox is full|mailbox is over|mailbox quota|mailbox size limit|mailbox has exceeded|inbox is full|"
    "mailfolder is over|over quota|overquota|over its quota|over their quota|over his quota|quota exceeded|"
    "exceeded quota|exceeded its quota|exceeded the quota|exceeded his quota|exceeds quota|out of quota|"
    "exceeded storage allocation|storage limit|storage quota|insufficient storage";

inline constexpr std::string_view kBadForm =
    "syntax|malformed|restricted character*|invalid character*|illegal|must contain a|domain missing|"
    "literals not allowed|bad recipient address";

// ---- of the content

/// The content is refused.
inline constexpr std::string_view kContentRefused =
    "as spam|spam score|spam message|spam mail|spam content|spam detect*|is spam|like spam|likely spam|"
    "spam probability|message content|content rejected|content filter*|virus*|malware|infected|phishing|"
    "unsolicited bulk|ube|gtube";
/// Words that such refusals have, and others as well.
inline constexpr std::string_view kMaybeContent = "spam*|content|scanner|unsolicited|junk|bulk mail";

/// It is taken, and not delivered.
inline constexpr std::string_view kPutAway = "discarded|quarantine*";

}  // namespace drydock::smtp_words
