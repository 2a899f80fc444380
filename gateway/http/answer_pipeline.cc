#include "gateway/http/answer_pipeline.h"

#include <string>
#include <utility>
#include <variant>

#include "gateway/http/response_writer.h"

namespace jobmesh::gateway::http {
namespace {

// Bodies up to this are copied behind their head: cheaper than a second piece of a gathered write.
constexpr std::size_t kCopiedBody = 8 * 1024;

}  // namespace

std::uint64_t AnswerPipeline::Add(Waiting waiting) {
  body_bytes_ += waiting.body_bytes;
  worker_.counters().in_flight.fetch_add(1, std::memory_order_relaxed);
  slots_.emplace_back().request = std::move(waiting);
  return first_sequence_ + slots_.size() - 1;
}

bool AnswerPipeline::Has(std::uint64_t sequence) const {
  return sequence >= first_sequence_ && sequence - first_sequence_ < slots_.size();
}

AnswerPipeline::Effect AnswerPipeline::Apply(std::uint64_t sequence, ExchangeEvent event,
                                             bool is_reading) {
  Effect effect;
  const std::uint64_t index = sequence - first_sequence_;
  Slot& slot = slots_[index];
  if (auto* accept = std::get_if<WebSocketAccept>(&event)) {
    slot.websocket = std::move(accept->handler);
    return effect;
  }
  if (index > 0 && !slot.early) {
    slot.early = std::make_unique<OutputQueue>();
  }
  OutputQueue& out = index > 0 ? *slot.early : output_;
  if (auto* response = std::get_if<Response>(&event)) {
    Render(slot, out, std::move(*response), is_reading, effect);
  } else if (const auto* start = std::get_if<StreamStart>(&event)) {
    Render(slot, out, *start, is_reading, effect);
  } else if (auto* piece = std::get_if<StreamPiece>(&event)) {
    Render(slot, out, std::move(*piece));
  } else if (const auto* end = std::get_if<StreamEnd>(&event)) {
    Render(slot, out, *end);
  }
  effect.is_last_done = slot.finished && index + 1 == slots_.size();
  return effect;
}

// Whether the connection outlives the answer being begun in `slot`.
bool AnswerPipeline::KeepAliveAfter(Slot& slot, bool is_reading, Effect& effect) {
  // While draining, the last answer says so; those before it must not, or the client would take
  // the requests after them for lost.
  const bool is_last = &slot == &slots_.back() && !is_reading;
  if (slot.close || !slot.request.keep_alive || (worker_.core().draining.load() && is_last)) {
    slot.close = true;
    effect.ends_input |= is_last;
  }
  return !slot.close;
}

void AnswerPipeline::Render(Slot& slot, OutputQueue& out, Response response, bool is_reading,
                            Effect& effect) {
  if (slot.answered) {
    return;
  }
  slot.answered = true;
  slot.finished = true;
  slot.close = response.close_connection;
  effect.ends_input |= slot.close;
  const std::string& content = response.content();
  const bool bodyless = IsBodyless(response.status);
  std::string& text = out.Tail();
  AppendHead(text, response.status, response.headers,
             {.date = worker_.date(),
              .framing = bodyless ? Framing::kNone : Framing::kLength,
              .length = content.size(),
              .keep_alive = KeepAliveAfter(slot, is_reading, effect),
              .http_version = slot.request.http_version});
  if (bodyless || slot.request.is_head) {
    return;
  }
  if (content.size() <= kCopiedBody) {
    text.append(content);
  } else if (response.shared_body) {
    out.AppendShared(std::move(response.shared_body));
  } else {
    out.AppendShared(std::make_shared<const std::string>(std::move(response.body)));
  }
}

void AnswerPipeline::Render(Slot& slot, OutputQueue& out, const StreamStart& start, bool is_reading,
                            Effect& effect) {
  if (slot.answered) {
    return;
  }
  slot.answered = true;
  slot.chunked = slot.request.http_version >= 11 && !IsBodyless(start.status);
  if (!slot.chunked) {
    slot.close = true;
    effect.ends_input = true;
  }
  AppendHead(out.Tail(), start.status, start.headers,
             {.date = worker_.date(),
              .framing = slot.chunked ? Framing::kChunked : Framing::kUntilClose,
              .keep_alive = KeepAliveAfter(slot, is_reading, effect),
              .http_version = slot.request.http_version});
}

void AnswerPipeline::Render(Slot& slot, OutputQueue& out, StreamPiece piece) {
  if (!slot.request.is_head) {
    if (slot.chunked) {
      AppendChunk(out.Tail(), piece.data);
    } else {
      out.Tail().append(piece.data);
    }
  }
  if (piece.done) {
    out.AppendDone(std::move(piece.done));
  }
}

void AnswerPipeline::Render(Slot& slot, OutputQueue& out, const StreamEnd& end) {
  slot.finished = true;
  if (slot.chunked && !slot.request.is_head) {
    AppendLastChunk(out.Tail(), end.trailers);
  }
}

bool AnswerPipeline::Advance() {
  while (!slots_.empty() && slots_.front().finished) {
    const bool close = slots_.front().close;
    body_bytes_ -= slots_.front().request.body_bytes;
    slots_.erase(slots_.begin());
    ++first_sequence_;
    worker_.counters().in_flight.fetch_sub(1, std::memory_order_relaxed);
    if (close) {
      // Removed before they are told: whatever they answer must not follow the last answer.
      const auto exchanges = Exchanges();
      RemoveAll();
      for (const auto& exchange : exchanges) {
        exchange->Cancel();
      }
      return true;
    }
    if (!slots_.empty() && slots_.front().early) {
      output_.Append(std::move(*slots_.front().early));
      slots_.front().early.reset();
    }
  }
  return false;
}

std::vector<std::shared_ptr<ExchangeImpl>> AnswerPipeline::Exchanges() const {
  std::vector<std::shared_ptr<ExchangeImpl>> exchanges;
  for (const Slot& slot : slots_) {
    if (auto exchange = slot.request.exchange.lock()) {
      exchanges.push_back(std::move(exchange));
    }
  }
  return exchanges;
}

void AnswerPipeline::CancelAll() {
  // A callback may answer, and so change the pipeline.
  for (const auto& exchange : Exchanges()) {
    exchange->Cancel();
  }
}

void AnswerPipeline::Clear() {
  for (const Exchange::WriteDone& done : output_.Clear()) {
    done(false);
  }
  RemoveAll();
}

void AnswerPipeline::RemoveAll() {
  std::vector<Slot> gone = std::move(slots_);
  slots_.clear();
  first_sequence_ += gone.size();
  body_bytes_ = 0;
  worker_.counters().in_flight.fetch_sub(static_cast<std::int64_t>(gone.size()),
                                         std::memory_order_relaxed);
  for (Slot& slot : gone) {
    if (slot.early) {
      for (const Exchange::WriteDone& done : slot.early->Clear()) {
        done(false);
      }
    }
  }
}

std::unique_ptr<WebSocketHandler> AnswerPipeline::TakeWebSocket() {
  std::unique_ptr<WebSocketHandler> handler = std::move(slots_.front().websocket);
  RemoveAll();
  return handler;
}

}  // namespace jobmesh::gateway::http
