/* The log rings with workers that die: common/segment/log_ring.cpp, worker/log/ring_logger.cpp and, of the collector,
 * supervisor/log/log_collector.cpp (gather, finish_retiring, sleep, stop) and log_ring_reader.cpp.
 *
 * A ring has cells instead of bytes; a record is a header cell and perhaps a text cell, so that it can be half there.
 * Properties: a record is read whole and in order; what was published is read, before the index is used again;
 * everybody comes to an end (no invalid end state) without ever waking up by himself. With TIME_OUTS and LOSSY any post
 * may be lost, and still everybody does. */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef RECORDS
#define RECORDS 3 /* of each life of a worker */
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef RING
#define RING 4 /* cells; a power of two */
#endif
#define LIMIT 1 /* records_per_ring_and_turn */
#define cells_of(sequence) (1 + ((sequence) & 1)) /* 2, 1, 2, ... so that records wrap around the end of the ring */

/* ---- shared memory ---- */

typedef Cell {
  byte life; byte sequence; /* which record it is part of */
  byte cells                /* of the record, in its header; 0 in its text */
};
typedef Ring {
  byte tail; byte head;
  bool producer_waiting;
  Cell ring[RING]
};
Ring ring[WORKERS];
bool collector_waiting;

/* ---- eventfds ---- */

bool log_posted;
bool space[WORKERS];

#ifdef LOSSY
#define post(what) if :: what = true :: true fi
#else
#define post(what) what = true
#endif
#ifdef TIME_OUTS
#define or_time_out || true
#else
#define or_time_out
#endif

/* ---- the world; exited: it logged all it had to say ---- */

mtype = { started, running, dying, dead };
mtype life[WORKERS];
bool exited[WORKERS];
byte deaths;

/* ---- between the supervisor's main thread and its collector, under a mutex ---- */

bool retiring[WORKERS];
bool retired[WORKERS];
bool stop;

/* ---- what an observer knows ---- */

byte lives[WORKERS];     /* so far */
byte published[WORKERS]; /* records of this life whose tail was stored */
bool collector_ended;


/* ---- a worker ---- */

#define free_cells(w) (RING - (ring[w].tail - ring[w].head))

inline write_cell(at, what) {
  d_step {
    ring[w].ring[(at) % RING].life = lives[w];
    ring[w].ring[(at) % RING].sequence = sequence + 1;
    ring[w].ring[(at) % RING].cells = what
  }
}

inline copy_in() {
  write_cell(tail, cells);
  if
  :: cells == 2 -> write_cell(tail + 1, 0)
  :: else
  fi
}

inline publish() {
  d_step { ring[w].tail = tail + cells; published[w]++ }
}

/* RingLogger::wait_for_room */
inline wait_for_room() {
#ifdef PRODUCER_DOES_NOT_LOOK_AGAIN
  enough = false;
#endif
  ring[w].producer_waiting = true;
#ifndef PRODUCER_DOES_NOT_LOOK_AGAIN
  enough = (free_cells(w) >= cells);
#endif
  if
  :: !enough ->
     if
     :: space[w] or_time_out
     fi;
     space[w] = false
  :: else
  fi;
  ring[w].producer_waiting = false
}

/* RingLogger::append with LogRing::append */
inline append() {
  d_step { cells = cells_of(sequence + 1); enough = (free_cells(w) >= cells) };
#ifdef ROOM_NOT_CHECKED
  enough = true;
#endif
  do
  :: enough -> break
  :: else -> wait_for_room(); enough = (free_cells(w) >= cells)
  od;
  tail = ring[w].tail;
#ifdef TAIL_BEFORE_COPY
  publish();
  copy_in();
#else
  copy_in();
  publish();
#endif
  sequence++;
  d_step { post_log = collector_waiting; collector_waiting = false; tail = 0; cells = 0; enough = false };
  if
  :: post_log -> post(log_posted); post_log = false
  :: else
  fi
}

inline forget() { sequence = 0; tail = 0; cells = 0; enough = false; post_log = false }

proctype Worker(byte w) {
  byte sequence, tail, cells;
  bool enough, post_log;

end_no_process:
  life[w] == started;
  d_step { life[w] = running; lives[w]++; forget() };
  {
    do
    :: sequence < RECORDS -> append()
    :: sequence == RECORDS -> break
    od
  } unless { life[w] == dying };
  exited[w] = (life[w] != dying);
  d_step { forget(); life[w] = dead };
  goto end_no_process
}

/* ---- the collector ---- */

byte next_sequence[WORKERS]; /* LogRingReader */

#define text_of_same_record(w) (ring[w].ring[(head + 1) % RING].life == lives[w] && \
                                ring[w].ring[(head + 1) % RING].sequence == sequence && \
                                ring[w].ring[(head + 1) % RING].cells == 0)

/* LogRing::read of one record. What the code would take for damage or for a gap must not happen here. */
inline read_record(w) {
  head = ring[w].head;
#ifdef HEAD_BEFORE_COPY
  ring[w].head = head + ring[w].ring[head % RING].cells;
#endif
  d_step {
    sequence = ring[w].ring[head % RING].sequence;
    cells = ring[w].ring[head % RING].cells;
    assert(ring[w].ring[head % RING].life == lives[w] && sequence == next_sequence[w]);
    assert(cells == cells_of(sequence) && head + cells <= tail)
  };
  if
  :: cells == 2 -> assert(text_of_same_record(w))
  :: else
  fi;
#ifndef HEAD_BEFORE_COPY
  ring[w].head = head + cells;
#endif
  d_step { next_sequence[w] = sequence + 1; head = 0; sequence = 0; cells = 0; count++ }
}

/* LogRingReader::read */
inline read_ring(w) {
  do
  :: atomic { count < LIMIT && ring[w].head != ring[w].tail -> tail = ring[w].tail }; read_record(w)
  :: d_step { count == LIMIT || ring[w].head == ring[w].tail -> tail = 0 }; break
  od;
  if
  :: count > 0 ->
     d_step { post_space = ring[w].producer_waiting; ring[w].producer_waiting = false; busy = true; count = 0 };
     if
     :: post_space -> post(space[w]); post_space = false
     :: else
     fi
  :: else
  fi
}

/* LogCollector::finish_retiring: begin_life() asserts what a drained ring means */
inline finish_retiring(w) {
  if
  :: taken[w] ->
     if
     :: ring[w].head == ring[w].tail ->
        d_step {
          assert(next_sequence[w] == published[w] + 1);
          next_sequence[w] = 1; published[w] = 0;
          taken[w] = false; busy = true
        };
        retired[w] = true
     :: else -> busy = true
     fi
  :: else
  fi
}

inline take_over(w) {
  if
  :: d_step { retiring[w] -> retiring[w] = false; taken[w] = true }
  :: else
  fi
}

/* LogCollector::sleep */
inline sleep() {
#ifdef COLLECTOR_DOES_NOT_LOOK_AGAIN
  something = (ring[0].head != ring[0].tail || ring[WORKERS - 1].head != ring[WORKERS - 1].tail);
  collector_waiting = true;
#else
  collector_waiting = true;
  something = (ring[0].head != ring[0].tail);
#if WORKERS > 1
  something = (something || ring[1].head != ring[1].tail);
#endif
#endif
  if
  :: something
  :: !something && (log_posted or_time_out)
  fi;
  collector_waiting = false;
  d_step { log_posted = false; something = false }
}

/* LogCollector::run */
proctype Collector() {
  byte head, tail, sequence, cells, count;
  bool post_space, busy, something, stopping;
  bool taken[WORKERS]; /* retiring_ */

  do
  :: stopping = stop;
     take_over(0);
#if WORKERS > 1
     take_over(1);
#endif
     read_ring(0);
#if WORKERS > 1
     read_ring(1);
#endif
     finish_retiring(0);
#if WORKERS > 1
     finish_retiring(1);
#endif
     if
     :: stopping && !busy -> break
     :: !stopping && !busy -> sleep()
     :: busy
     fi;
     busy = false
  od;
  assert(ring[0].head == ring[0].tail && ring[WORKERS - 1].head == ring[WORKERS - 1].tail);
  collector_ended = true
}

/* ---- the supervisor's main thread ---- */

#ifdef REUSE_BEFORE_DRAIN
#define may_start(w) (life[w] == dead && !exited[w] && !stop)
#else
#define may_start(w) (retired[w] && !exited[w])
#endif

inline watch(w) {
  if
  :: life[w] == dead && !told[w] ->
     told[w] = true;
     retiring[w] = true;
     log_posted = true /* LogCollector::retire; this process is not killed between the two, but takes two steps */
#ifdef REUSE_BEFORE_DRAIN
     ;
     if :: !exited[w] -> d_step { told[w] = false; life[w] = started } :: else fi
#endif
  :: told[w] && retired[w] && !exited[w] ->
     d_step { told[w] = false; retired[w] = false; life[w] = started }
  fi
}

#define is_over(w) (exited[w] && retired[w])

proctype Supervisor() {
  bool told[WORKERS];

  do
  :: watch(0)
#if WORKERS > 1
  :: watch(1)
#endif
  :: is_over(0) && is_over(WORKERS - 1) -> break
  od;
  stop = true; /* LogCollector::stop */
  log_posted = true
}

proctype World() {
end_peace:
  do
  :: d_step { deaths < DEATHS && life[0] == running -> life[0] = dying; deaths++ }
#if WORKERS > 1 && !defined(ONE_IS_MORTAL)
  :: d_step { deaths < DEATHS && life[1] == running -> life[1] = dying; deaths++ }
#endif
  od
}

ltl everything_is_read { <> collector_ended }

init {
  byte i;
  atomic {
    for (i : 0 .. WORKERS - 1) {
      next_sequence[i] = 1; life[i] = started;
      run Worker(i)
    }
    run Collector();
    run Supervisor();
    run World()
  }
}
