/* The machine of a transfer: steps, gates, marks, the lock and resume. README.md beside this file says what is modelled
 * and what is not. The journal is what its entries fold into (harness/plan/standing.cpp). Every append is one atomic
 * step, and a drydock may be killed between any two.
 *
 * Step 0: its run has ACTIONS0 actions, its undo UNDOS0. Step 1: one action, no undo, not repeatable, one approval, and
 * unless RETURNS it is a point of no return.
 *
 * What there is and what may come: ACTIONS0=n UNDOS0=n REPEATABLE0 RETURNS REMOTE CONFIRMS EDITS FORCES DRYDOCKS=2
 * LOSES_LOCK TAKES_OVER NOBODY LEAN CARRIED. BUG_... seeds a defect that spin must find. */

/* The journal's words, harness/plan/event.hpp, with _ for -. */
mtype = { opened, began, taken_over, looked, gate_decided, approved, approvals_void, action_intended, child_started,
          action_ended, actions_done, phase_entered, step_done, undo_started, step_undone, undo_failed, marked,
          interrupted, stopped };
/* Not modelled: vars-changed waived output-lost */

#ifndef ACTIONS0
#define ACTIONS0 2
#endif
#ifndef UNDOS0
#define UNDOS0 1
#endif
#ifndef DRYDOCKS
#define DRYDOCKS 1
#endif
#ifdef REPEATABLE0
#define IS_REPEATABLE(p) (STEP(p) == 0)
#else
#define IS_REPEATABLE(p) 0
#endif
#ifdef RETURNS
#define NO_RETURN(s) 0
#else
#define NO_RETURN(s) ((s) == 1)
#endif
#ifdef REMOTE
#define IS_REMOTE 1
#else
#define IS_REMOTE 0
#endif
#ifdef CONFIRMS
#define CONFIRM(p, n) ((p) == 0 && (n) == ACTIONS0 - 1)
#else
#define CONFIRM(p, n) 0
#endif
#ifdef NOBODY
#define NEEDS_APPROVAL(s) 0
#else
#define NEEDS_APPROVAL(s) ((s) == 1)
#endif
/* Two processes after a false word are not drydock's. */
#ifdef TAKES_OVER
#define ALONE(what) skip
#else
#define ALONE(what) assert(what)
#endif

#define PERSON 2                       /* who writes: the drydocks 0 and 1, and the person */
#define UNDO(s) (2 + (s))              /* a list of actions: run of step s is s, undo is UNDO(s) */
#define STEP(p) ((p) % 2)
#define LEN(p) ((p) == 0 -> ACTIONS0 : ((p) == 1 -> 1 : ((p) == 2 -> UNDOS0 : 0)))
#define ACTION(p, n) ((p) == 0 -> (n) : ((p) == 1 -> 2 : 3 + (n)))
#define ACTIONS 5                      /* 0, 1: run of step 0; 2: run of step 1; 3, 4: undo of step 0 */

/* Where the transfer stands: the fold of the journal. */
bit begun[2], acted[2], acted_before[2], all_done[2], finished[2], undoing[2], undo_fails[2], passed[2],
    skips[2];
bit zero_last;                         /* step 0 was finished after step 1: done again */
bit approvals;                         /* of step 1 */
byte next[4];                          /* one Progress a list */
bit open[4], failed[4], started[4];
byte owner;                            /* began without stopped: drydock + 1; 3: one that was killed */
bit later[2];                          /* this drydock began, and another one after it */
#ifdef EDITS
bit text, file_text, read_text;        /* of step 0: as done, as in the file, and as the person has read it */
#endif

/* What each client has read, and whether somebody has written since. */
bit reads[2], dirty[2];                /* a drydock that has not begun: anything */
bit moved[4];                          /* a drydock: what moves a step, by drydock and step */
byte reading;                          /* the person: about step reading - 1; 0: nothing, or what has been overtaken */
#ifdef BUG_MARK_NO_COMPARE
byte read_p, read_n;
bit read_whole;
#endif
/* The world. */
byte lock;                             /* JOURNAL.lock: drydock + 1; 0: nobody */
bit own[2];                            /* it is between began and stopped, and lives */
bit runs[ACTIONS], attended[ACTIONS];  /* a process of this action runs; its drydock waits for it */
bit kept[ACTIONS];                     /* the journal knows that process, by child-started or by its mark on the host */
byte coop;                             /* from here on all goes well: 1 carried on, 2 carried back */
/* What the properties remember, apart from the fold. */
bit behind[ACTIONS];                   /* ended done, or marked done or skipped */
bit dangling[ACTIONS];                 /* was started, and no end is known */
bit went[2];                           /* the gates before said go for the attempt that is under way */
bit touched[2];                        /* a process of the step was started since it was undone last */
bit asked[2];                          /* the undo that is under way was begun by a rollback */

#define BEYOND (passed[0] || passed[1])
#define IN_FORCE(s) (finished[s] || begun[s] || undoing[s] || acted[s])
#define COMPLETE (finished[0] && finished[1] && !undoing[0] && !undoing[1])
#define ROLLED_BACK (!IN_FORCE(0) && !IN_FORCE(1))
#ifdef EDITS
#define EDITED(s, mine) ((s) == 0 && (finished[0] || begun[0]) && text != (mine))
#define ASKS_ABOUT_EDIT EDITED(0, file_text)
#define READ_TEXT read_text
#else
#define EDITED(s, mine) 0
#define ASKS_ABOUT_EDIT 0
#define READ_TEXT 0
#endif
#ifdef BUG_UNDO_SKIPPED
#define STARTED(s) 0
#else
#define STARTED(s) started[s]
#endif
#define NOT_STARTED(s) (failed[s] && next[s] == 0 && !STARTED(s) && !all_done[s] && !skips[s])
#if defined(BUG_UNDOES_WHAT_WAS_SKIPPED)
#define NOTHING_BEGAN(s) (!acted_before[s] && NOT_STARTED(s))
#elif defined(BUG_FORGETS_AN_EARLIER_ATTEMPT)
#define NOTHING_BEGAN(s) (acted[s] -> NOT_STARTED(s) : skips[s])
#else
#define NOTHING_BEGAN(s) (!acted_before[s] && (acted[s] -> NOT_STARTED(s) : skips[s]))
#endif
/* after_failure(): beyond, in order, stays, else it is undone. */
#ifdef BUG_UNDOES_UNDER_A_LATER_STEP
#define IN_ORDER(s) 0
#else
#define IN_ORDER(s) ((s) == 0 && acted[1])
#endif
#ifdef BUG_FORGETS_THAT_THE_REST_WAS_SKIPPED
#define BEHIND(s) next[s]
#else
#define BEHIND(s) (all_done[s] -> LEN(s) : next[s])
#endif
#ifdef BUG_UNDOES_WHAT_STAYS
#define STAYS(s) 0
#else
#define STAYS(s) ((!acted[s] && skips[s]) || (LEN(UNDO(s)) == 0 && !IS_REPEATABLE(s) && BEHIND(s) > 0 && !(BEHIND(s) == 1 && CONFIRM(s, 0))))
#endif

#define LIVES(a) (runs[a] && kept[a])
#define RUNS_ANY (runs[0] || runs[1] || runs[2] || runs[3] || runs[4])
#ifdef BUG_FORGETS_WHOSE_LEFTOVERS
#define OF_NEXT(p, a) (ACTION(p, next[p]) == (a))
#else
#define OF_NEXT(p, a) 1
#endif
#define LEFT_OVER(p) (((p) == 0 && ((LIVES(0) && OF_NEXT(0, 0)) || (LIVES(1) && OF_NEXT(0, 1)))) || ((p) == 1 && LIVES(2)) || ((p) == 2 && ((LIVES(3) && OF_NEXT(2, 3)) || (LIVES(4) && OF_NEXT(2, 4)))))
#define STEP_LIVES(s) (LEFT_OVER(s) || LEFT_OVER(UNDO(s)))

/* What ends a cutover with exit 5 or 7, until somebody marks or approves. */
#define ASKS_ABOUT_ACTION(s) (!undoing[s] && begun[s] && !finished[s] && !all_done[s] && next[s] < LEN(s) && ((failed[s] && (BEYOND || IN_ORDER(s))) || (open[s] && (CONFIRM(s, next[s]) || !IS_REPEATABLE(s)))))
#define ASKS_FOR_APPROVAL (NEEDS_APPROVAL(1) && finished[0] && !undoing[0] && !begun[1] && !finished[1] && !approvals)
#define ASKS_ABOUT_UNDO (undoing[0] && !undo_fails[0] && open[UNDO(0)] && next[UNDO(0)] < LEN(UNDO(0)) && !IS_REPEATABLE(UNDO(0)))
#define PERSON_MUST_ACT (ASKS_ABOUT_UNDO || undo_fails[0] || undo_fails[1] || ASKS_ABOUT_ACTION(0) || ASKS_ABOUT_ACTION(1) || ASKS_FOR_APPROVAL || ASKS_ABOUT_EDIT)

#define REFRESH(me) dirty[me] = 0; moved[(me) * 2] = 0; moved[(me) * 2 + 1] = 0
inline refresh(me) {
  d_step { REFRESH(me) }
}

/* An entry has come that others have not read; `place`: it moves step s. */
inline entry(me, kind, s, place) {
  d_step {
    printf("%d %e step %d\n", me, kind, s);
    if
    :: me != 0 ->
       dirty[0] = reads[0];
       moved[s] = moved[s] || (place && own[0])
    :: else
    fi;
#if DRYDOCKS > 1
    if
    :: me != 1 ->
       dirty[1] = reads[1];
       moved[2 + s] = moved[2 + s] || (place && own[1])
    :: else
    fi;
#endif
#ifdef BUG_COMPARES_LATE
    if
    :: me != PERSON -> REFRESH(me)
    :: else
    fi;
#endif
#ifndef BUG_MARK_NO_COMPARE
    reading = 0
#endif
  }
}

/* ------------------------------------------------------------------ the fold: Apply in standing.cpp */

inline drop(p) {
  if
  :: p == 0 -> kept[0] = 0; kept[1] = 0
  :: p == 1 -> kept[2] = 0
  :: p == 2 -> kept[3] = 0; kept[4] = 0
  :: else
  fi
}
/* Nothing of it is behind any more; what it left running is not forgotten. */
inline anew(p) {
  next[p] = 0; open[p] = 0; failed[p] = 0; started[p] = 0
}
inline blank(p) {
  anew(p);
  drop(p)
}
inline pass_over(p) {
  next[p]++; open[p] = 0; failed[p] = 0; started[p] = 0;
  drop(p)
}
inline said_of_all(s, value) {
  if
  :: s == 0 -> behind[0] = value; behind[1] = value; dangling[0] = 0; dangling[1] = 0
  :: else -> behind[2] = value; dangling[2] = 0
  fi
}
/* `wanted`: a person wants it so, or its undo has put it back. Else what ended done stays done, whatever the fold says. */
inline start_over(s, undone, wanted) {
  begun[s] = 0; all_done[s] = 0; finished[s] = 0; undoing[s] = 0; undo_fails[s] = 0; skips[s] = 0;
  passed[s] = passed[s] && !(undone);
#ifdef BUG_FORGETS_THAT_IT_ACTED
  acted[s] = 0;
  acted_before[s] = 0;
#else
  acted[s] = acted[s] && !(undone);
  acted_before[s] = acted[s];
#endif
  if
#ifndef BUG_FORGETS_LEFTOVERS_OF_AGAIN
  :: !(undone) -> anew(s)
#endif
  :: else -> blank(s)
  fi;
  blank(UNDO(s));
  if
  :: s == 1 -> approvals = 0
  :: else
  fi;
  zero_last = 0;
  if
  :: wanted -> said_of_all(s, 0)
  :: else
  fi;
  if
  :: s == 0 -> behind[3] = 0; dangling[3] = 0; behind[4] = 0; dangling[4] = 0
  :: else
  fi;
  went[s] = 0; asked[s] = 0;
  touched[s] = touched[s] && !(undone)
}
inline begin_step(s, mine) {
  begun[s] = 1;
  passed[s] = passed[s] || NO_RETURN(s);
  if
  :: s == 1 -> approvals = 0
  :: else
  fi;
#ifdef EDITS
  if
  :: s == 0 -> text = mine
  :: else
  fi
#endif
}
inline fold_intent(p, n, mine) {
  d_step {
    if
    :: p < 2 -> begin_step(p, mine); acted[p] = 1
    :: else
    fi;
    started[p] = started[p] || open[p];
    next[p] = n; open[p] = 1; failed[p] = 0
  }
}
/* Only the action that is open can end. */
inline fold_end(p, n, outcome) {
  d_step {
    if
#ifndef BUG_END_OF_ANOTHER
    :: !(open[p] && next[p] == n)
#endif
#ifdef BUG_END_OF_ANOTHER
    :: next[p] >= LEN(p)
#endif
    :: else ->
       if
       :: outcome == 0 -> pass_over(p)
       :: outcome == 1 -> started[p] = 1; open[p] = 0; failed[p] = 1
       :: outcome == 2 -> open[p] = 0; failed[p] = 1
       :: else -> started[p] = 1
       fi
    fi
  }
}
inline fold_mark_step(s, word) {
  d_step {
    if
    :: word == 1 && undo_fails[s] -> start_over(s, 1, 1)      /* put back by hand */
    :: word == 1 && !undo_fails[s] -> start_over(s, 0, 1)
    :: else ->
#ifdef EDITS
       if
       :: s == 0 -> text = read_text
       :: else
       fi;
#endif
       skips[s] = skips[s] || word == 2;
       if
       :: finished[s] && !undo_fails[s]
       :: !undo_fails[s] && word == 0
       :: else ->
          finished[s] = 0; undoing[s] = 0; undo_fails[s] = 0; asked[s] = 0;
          zero_last = 0;
          blank(UNDO(s));
          open[s] = 0; failed[s] = 0; begun[s] = 1; all_done[s] = 1;
          said_of_all(s, 1)
       fi
    fi
  }
}
inline fold_mark_action(p, n, word) {
  d_step {
    if
    :: next[p] != n
    :: else ->
       dangling[ACTION(p, n)] = 0;
#ifdef EDITS
       if
       :: p == 0 -> text = read_text
       :: else
       fi;
#endif
       if
       :: word == 1 ->
          started[p] = started[p] || open[p];
#ifndef BUG_AGAIN_STAYS_OPEN
          open[p] = 0; failed[p] = 0;
#endif
          behind[ACTION(p, n)] = 0
       :: else ->
          skips[STEP(p)] = skips[STEP(p)] || (word == 2 && p < 2);
          behind[ACTION(p, n)] = 1;
          pass_over(p)
       fi
    fi
  }
}

/* ------------------------------------------------------------------ cutover and rollback */

#define OUTCOME_DONE 0
#define OUTCOME_FAILED 1
#define OUTCOME_NOT_STARTED 2
#define OUTCOME_UNKNOWN 3
/* Whether signals, kills, failures and holds may come. */
#ifdef LEAN
#define ROUGH 0
#else
#define ROUGH (!coop)
#endif
#define MAY_DIE if :: true :: ROUGH -> die(); goto idle fi
/* decide(): whether somebody else has moved a step, or begun, since what is appended here was decided. */
#ifdef BUG_GOES_ON_BESIDE_ANOTHER
#define OUSTED 0
#else
#define OUSTED later[me]
#endif
#if defined(BUG_NO_COMPARE)
#define MOVED_AWAY(s) 0
#elif defined(BUG_COMPARES_LATE)
#define MOVED_AWAY(s) moved[me * 2 + (s)]
#else
#define MOVED_AWAY(s) (moved[me * 2] || moved[me * 2 + 1] || OUSTED)
#endif

/* What choose() finds: an undo that is under way, the unfinished steps, the finished ones, the last one first. */
#ifdef BUG_ROLLS_BACK_AS_FINISHED
#define ZERO_FIRST ((undoing[0] && !finished[0]) || (finished[0] && finished[1] && zero_last))
#else
#define ZERO_FIRST (undoing[0] && !finished[0])
#endif
inline choose() {
  todo0 = 0; todo1 = 0; force = 0; order = 0;
  if
  :: IN_FORCE(0) || IN_FORCE(1) ->                                          /* --all */
     todo0 = IN_FORCE(0); todo1 = IN_FORCE(1);
     assert((todo0 || !touched[0]) && (todo1 || !touched[1]))               /* nothing that has acted is passed over */
  :: !coop && IN_FORCE(0) && IN_FORCE(1) && !ZERO_FIRST && finished[0] -> todo1 = 1              /* --to step 0 */
  :: !coop && IN_FORCE(0) && IN_FORCE(1) && ZERO_FIRST && finished[1] -> todo0 = 1               /* --to step 1 */
  :: !coop && IN_FORCE(1) && !(IN_FORCE(0) && ZERO_FIRST) && NOTHING_BEGAN(1) -> todo1 = 1
  :: !coop && IN_FORCE(0) && !(IN_FORCE(1) && !ZERO_FIRST) && (UNDOS0 > 0 || NOTHING_BEGAN(0)) -> todo0 = 1
  :: else
  fi;
  order = todo0 && todo1 && ZERO_FIRST;
  if
#ifndef BUG_GOES_BACK_UNFORCED
  :: BEYOND && !coop -> todo0 = 0; todo1 = 0; order = 0
#else
  :: BEYOND && !coop
#endif
  :: BEYOND && coop -> force = 1
  :: !BEYOND
#ifdef FORCES
  :: BEYOND -> force = 1
#endif
  fi
}

inline end_list(p) {
  d_step {
    if
    :: p == 0 ->
       if :: LIVES(0) && OF_NEXT(0, 0) -> runs[0] = 0; kept[0] = 0 :: else fi;
       if :: LIVES(1) && OF_NEXT(0, 1) -> runs[1] = 0; kept[1] = 0 :: else fi
    :: p == 1 -> runs[2] = 0; kept[2] = 0
    :: p == 2 ->
       if :: LIVES(3) && OF_NEXT(2, 3) -> runs[3] = 0; kept[3] = 0 :: else fi;
       if :: LIVES(4) && OF_NEXT(2, 4) -> runs[4] = 0; kept[4] = 0 :: else fi
    :: else
    fi
  }
}

/* A process begins to act. */
inline start_process(p, n) {
  d_step {
    ALONE(!RUNS_ANY);                                          /* no two processes at once, of one action or of two */
    ALONE(!behind[ACTION(p, n)]);                              /* what is done or said done does not begin again */
    ALONE(IS_REPEATABLE(p) || !dangling[ACTION(p, n)]);        /* nor what may not be repeated and has no known end */
    runs[ACTION(p, n)] = 1;
    attended[ACTION(p, n)] = 1;
    dangling[ACTION(p, n)] = 1;
    if
    :: p < 2 -> touched[STEP(p)] = 1
    :: else
    fi
  }
}

/* What a command keeps in mind. */
#define CLEAR s = 0; n = 0; p = 0; outcome = 0; unknowns = 0; go = 0; failed_here = 0; took = 0; mine = 0; back = 0; todo0 = 0; todo1 = 0; order = 0; force = 0; returns = 0
inline clear() {
  d_step { CLEAR }
}

inline die() {
  d_step {
    printf("%d killed\n", me);
    owner = (own[me] && owner == me + 1 -> 3 : owner);
    own[me] = 0; later[me] = 0;
    lock = (lock == me + 1 -> 0 : lock);
    if
    :: n < LEN(p) -> attended[ACTION(p, n)] = 0
    :: else
    fi;
    reads[me] = 0;
    REFRESH(me);
    CLEAR
  }
}

#define STOP clear(); goto stop

proctype drydock(byte me) {
  byte s, n, p, outcome, unknowns;
  bit back, todo0, todo1, order, force, returns, go, mine, failed_here, took;

idle:
  atomic {
    /* Holder::take; on two machines it keeps nobody away */
#if !defined(BUG_LOCK_IGNORED) && !defined(TAKES_OVER)
    lock == 0;
#endif
    if
    :: !coop
#ifndef TAKES_OVER
    :: !coop -> back = 1
#endif
#ifdef CARRIED
    :: !coop -> coop = 1; goto idle
    :: !coop -> coop = 2; goto idle
    :: coop == 1 && !COMPLETE && !PERSON_MUST_ACT            /* who is asked to mark does, then types cutover again */
    :: coop == 2 && !ROLLED_BACK && !ASKS_ABOUT_UNDO -> back = 1
#endif
    fi;
    lock = me + 1;
#ifdef EDITS
    mine = file_text;
#endif
#ifdef BUG_READS_BEFORE_LOCK
    lock = 0;
    /* prepare() reads the journal, and choose() still uses what it read. */
    if
    :: back -> choose()
    :: else
    fi
  }
  atomic {
    lock == 0;
    lock = me + 1
#endif
  }
read:
  /* ask_for_owner, choose */
  atomic {
    MAY_DIE;
    reads[me] = 1;
    refresh(me);
#ifndef BUG_OWNER_IGNORED
    if
    :: (owner == 1 || owner == 2) && owner != me + 1 -> clear(); goto release
#ifdef TAKES_OVER
    :: (owner == 1 || owner == 2) && owner != me + 1 -> took = 1      /* --take-over, and the word is false */
#endif
    :: else
    fi;
#endif
    if
#ifndef BUG_READS_BEFORE_LOCK
    :: back -> choose()
#endif
    :: else
    fi;
    if
    :: back && !todo0 && !todo1 -> clear(); goto release
    :: else
    fi
  }
  atomic {
    MAY_DIE;
#ifndef BUG_BEGAN_UNCONDITIONAL
    if
    :: dirty[me] -> took = 0; goto read
    :: else
    fi;
#endif
    if
    :: took -> entry(me, taken_over, 0, 0)
    :: else
    fi;
    entry(me, began, 0, 0);
    assert(took || !own[1 - me] || later[1 - me]);           /* never two who carry on, but by a person's false word */
    owner = me + 1;
    own[me] = 1;
    later[1 - me] = own[1 - me];
    took = 0;
    reads[me] = 0;
    refresh(me);
    if
    :: back -> back = 0; returns = 1; goto undo_next
    :: else
    fi
  }

forward:
  /* next_move */
  atomic {
    MAY_DIE;
    refresh(me);
    if
    :: OUSTED -> STOP
    :: else
    fi;
    if
    :: ROUGH -> entry(me, interrupted, 0, 0); STOP
    :: true
    fi;
    if
    :: undoing[0] -> s = 0
    :: !undoing[0] && undoing[1] -> s = 1
    :: !undoing[0] && !undoing[1] && EDITED(0, mine) -> STOP
    :: !undoing[0] && !undoing[1] && !EDITED(0, mine) && !finished[0] -> s = 0
    :: !undoing[0] && !undoing[1] && !EDITED(0, mine) && finished[0] && !finished[1] -> s = 1
    :: !undoing[0] && !undoing[1] && !EDITED(0, mine) && finished[0] && finished[1] -> STOP
    fi;
    p = s; n = next[s];
    if
    :: undo_fails[s] -> STOP
    :: undoing[s] && !undo_fails[s] -> goto undo
    :: !undoing[s] && failed[s] && (BEYOND || IN_ORDER(s)) -> STOP                                   /* exit 7 */
    :: !undoing[s] && failed[s] && !BEYOND && !IN_ORDER(s) && STAYS(s) && failed_here -> STOP        /* exit 6 */
    :: !undoing[s] && failed[s] && !BEYOND && !IN_ORDER(s) && STAYS(s) && !failed_here -> goto act
    :: !undoing[s] && failed[s] && !BEYOND && !IN_ORDER(s) && !STAYS(s) -> goto undo
    :: !undoing[s] && !failed[s] && !begun[s] -> n = 0; goto before
    :: !undoing[s] && !failed[s] && begun[s] && (all_done[s] || n >= LEN(s)) -> goto conclude
    :: else
    fi;
    if
    :: !open[s] -> goto act
    :: open[s] && CONFIRM(s, n) -> STOP
#ifdef BUG_REPEATS_ANYTHING
    :: open[s] && !CONFIRM(s, n) -> goto act
#else
    :: open[s] && !CONFIRM(s, n) && IS_REPEATABLE(s) && unknowns < 2 -> goto act
    :: open[s] && !CONFIRM(s, n) && (!IS_REPEATABLE(s) || unknowns == 2) -> STOP
#endif
    fi
  }

before:
  atomic {
    MAY_DIE;
    entry(me, looked, s, 0);
    entry(me, gate_decided, s, 0);
    if
    :: true -> go = 1
#ifdef BUG_HOLD_IS_GO
    :: ROUGH -> skip
#else
    :: ROUGH -> STOP                                         /* hold, no-go */
#endif
    fi;
    if
    :: NEEDS_APPROVAL(s) && approvals && ROUGH -> entry(me, approvals_void, s, 0); approvals = 0; STOP
    :: true
    fi;
#ifndef BUG_NO_APPROVAL
    if
    :: NEEDS_APPROVAL(s) && !approvals -> STOP
    :: else
    fi
#endif
  }

act:
  /* Of list p action n is next; undo-s return to undo_loop, others to forward. */
#ifdef BUG_INTENT_AFTER_START
  atomic {
    MAY_DIE;
    start_process(p, n);
    kept[ACTION(p, n)] = 0
  }
#endif
  atomic {
    MAY_DIE;
    if
    :: next[p] != n || (p < 2 && all_done[s]) || (p >= 2 && !undoing[s]) -> goto acted_on
    :: else
    fi;
#ifndef BUG_LEFTOVERS
    if
    :: LEFT_OVER(p) -> end_list(p)
    :: LEFT_OVER(p) && !coop -> STOP                         /* it can't be ended */
    :: !LEFT_OVER(p)
    fi;
#endif
    if
    :: MOVED_AWAY(s) -> goto acted_on
    :: else
    fi;
    entry(me, action_intended, s, 1);
    assert(!later[me]);                                      /* nor does who has been taken over from act */
    if
    :: p < 2 ->
       went[s] = went[s] || (!begun[s] && go);
       assert(went[s]);                                      /* no action before its gates' go, the first only ... */
       assert(begun[s] || go);                               /* ... in the same invocation */
       ALONE(begun[s] || !NEEDS_APPROVAL(s) || approvals);   /* nor before the approval */
       assert(s == 0 || finished[0])                         /* nor before the step before it */
    :: else ->
       assert(acted[s])                                      /* nor is put back what has not acted */
    fi;
    fold_intent(p, n, mine);
    go = 0;
    if
    :: CONFIRM(p, n) -> STOP
    :: !CONFIRM(p, n)
    :: !CONFIRM(p, n) && ROUGH -> outcome = OUTCOME_NOT_STARTED; goto note_end
    fi
  }
#ifdef BUG_STARTS_BEFORE_IT_SAYS
  atomic {
    MAY_DIE;
    start_process(p, n);
    kept[ACTION(p, n)] = IS_REMOTE
  }
  atomic {
    MAY_DIE;
    entry(me, child_started, s, 0);
    kept[ACTION(p, n)] = 1
  }
#elif !defined(BUG_INTENT_AFTER_START)
  /* Held until child-started is durable. */
  atomic {
    MAY_DIE;
    if
    :: !IS_REMOTE -> entry(me, child_started, s, 0)
    :: else
    fi;
    start_process(p, n);
    kept[ACTION(p, n)] = 1
  }
#endif
note_end:
  atomic {
    MAY_DIE;                                                 /* then the process runs on, and ends when it likes */
    if
    :: outcome == OUTCOME_NOT_STARTED
    :: outcome != OUTCOME_NOT_STARTED ->
       attended[ACTION(p, n)] = 0;
       if
       :: outcome = OUTCOME_DONE; runs[ACTION(p, n)] = 0
       :: ROUGH -> outcome = OUTCOME_FAILED; runs[ACTION(p, n)] = 0
       :: !coop -> outcome = OUTCOME_UNKNOWN; runs[ACTION(p, n)] = 0
       :: !coop -> outcome = OUTCOME_UNKNOWN                 /* it runs on: sudo, or a host that is not reached */
       fi;
       kept[ACTION(p, n)] = kept[ACTION(p, n)] && runs[ACTION(p, n)]
    fi;
    entry(me, action_ended, s, 1);
    fold_end(p, n, outcome);
    if
    :: outcome == OUTCOME_DONE -> behind[ACTION(p, n)] = 1; dangling[ACTION(p, n)] = 0; unknowns = 0
    :: outcome == OUTCOME_FAILED || outcome == OUTCOME_NOT_STARTED ->
       dangling[ACTION(p, n)] = 0; unknowns = 0;
       failed_here = p < 2
    :: outcome == OUTCOME_UNKNOWN -> unknowns = (IS_REPEATABLE(p) && unknowns < 2 -> unknowns + 1 : unknowns)
    fi;
    outcome = 0
  }
acted_on:
  atomic {
    n = 0;
    go = 0;
    if
    :: p < 2 -> s = 0; p = 0; goto forward
    :: else -> p = 0; goto undo_loop
    fi
  }

conclude:
  if
  :: !all_done[s] ->
     atomic {
       MAY_DIE;
       if
       :: MOVED_AWAY(s) -> s = 0; p = 0; n = 0; goto forward
       :: else
       fi;
       entry(me, actions_done, s, 1);
       begin_step(s, mine);
       all_done[s] = 1;
       entry(me, phase_entered, s, 1)
     }
  :: else
  fi;
  atomic {
    MAY_DIE;
    entry(me, looked, s, 0);
    entry(me, gate_decided, s, 0);
    if
    :: true                                                  /* go */
    :: ROUGH -> STOP                                         /* hold; no-go where it stays as it is: exit 6, 7 */
    :: !coop && !BEYOND && !IN_ORDER(s) && !STAYS(s) -> n = 0; goto undo
    fi;
    if
    :: MOVED_AWAY(s)
    :: else ->
       entry(me, step_done, s, 1);
       /* No step is finished unless each of its actions ended done or somebody said that it counts. */
       assert(s == 1 || (behind[0] && (ACTIONS0 == 1 || behind[1])));
       assert(s == 0 || behind[2]);
       finished[s] = 1;
       zero_last = s == 0 && finished[1];
#ifdef EDITS
       if
       :: s == 0 -> text = mine
       :: else
       fi
#endif
    fi;
    s = 0; p = 0; n = 0;
    goto forward
  }

undo_next:
  atomic {
    if
    :: todo0 && (order || !todo1) -> s = 0; todo0 = 0; order = 0
    :: todo1 && !(todo0 && order) -> s = 1; todo1 = 0
    :: !todo0 && !todo1 -> STOP
    fi;
#ifndef BUG_COMPARES_LATE
    refresh(me);
    if
    :: OUSTED -> STOP
    :: else
    fi;
    if
    :: !IN_FORCE(s) -> goto undo_next
    :: else
    fi
#endif
  }
undo:
  atomic {
    MAY_DIE;
    p = s;
    if
#ifdef BUG_UNDO_LEAVES_LEFTOVERS
    :: open[s] && LEFT_OVER(s) -> end_list(s)
    :: open[s] && LEFT_OVER(s) && !coop -> STOP
#else
    :: !failed[s] && LEFT_OVER(s) -> end_list(s)
    :: !failed[s] && LEFT_OVER(s) && !coop -> STOP           /* it can't be ended */
#endif
    :: else
    fi;
    if
#ifdef BUG_UNDO_FAILED_FOR_GOOD
    :: !undoing[s] ->
#else
    :: !undoing[s] || undo_fails[s] ->
#endif
       if
       :: MOVED_AWAY(s) -> STOP
       :: else
       fi;
       entry(me, undo_started, s, 1);
       assert(!later[me]);
       assert(IN_FORCE(s));                                  /* what has not begun is not undone */
       assert(s == 1 || !touched[1]);                        /* nor what stands under a later step that has acted */
       assert(!BEYOND || force);                             /* nor what is beyond the point of no return, unless forced */
       if
       :: undo_fails[s] -> open[UNDO(s)] = 0; failed[UNDO(s)] = 0    /* where it failed: what of it ended well stays behind */
       :: else -> anew(UNDO(s))
       fi;
       if
       :: s == 0 && undo_fails[0] && next[2] == 0 -> dangling[3] = 0
       :: s == 0 && undo_fails[0] && next[2] == 1 -> dangling[4] = 0
       :: s == 0 && !undo_fails[0] -> behind[3] = 0; dangling[3] = 0; behind[4] = 0; dangling[4] = 0
       :: else
       fi;
       undoing[s] = 1; undo_fails[s] = 0; asked[s] = returns;
    :: else
    fi;
    p = 0; n = 0
  }
undo_loop:
  atomic {
    MAY_DIE;
    refresh(me);
    if
    :: OUSTED -> STOP
    :: else
    fi;
    if
    :: ROUGH -> entry(me, interrupted, s, 0); STOP
    :: true
    fi;
    p = UNDO(s); n = next[p];
    if
    :: NOTHING_BEGAN(s) -> goto undone
    :: !NOTHING_BEGAN(s) && failed[p] -> goto fail_undo
    :: !NOTHING_BEGAN(s) && !failed[p] && n >= LEN(p) -> goto undone
    :: !NOTHING_BEGAN(s) && !failed[p] && n < LEN(p) && open[p] && !IS_REPEATABLE(p) -> STOP    /* half-done: a person says */
    :: !NOTHING_BEGAN(s) && !failed[p] && n < LEN(p) && open[p] && IS_REPEATABLE(p) && unknowns == 2 -> goto fail_undo
    :: else -> goto act
    fi
  }
undone:
  atomic {
    MAY_DIE;
    if
    :: MOVED_AWAY(s) -> STOP
    :: else
    fi;
    entry(me, step_undone, s, 1);
    /* A step of which something ran is undone by its undo. */
    ALONE(s == 1 || !touched[0] || (UNDOS0 < 1 || behind[3]) && (UNDOS0 < 2 || behind[4]));
    d_step {
      start_over(s, 1, asked[s] || LEN(UNDO(s)) > 0);
      unknowns = 0; n = 0; p = 0; s = 0
    };
    if
    :: returns -> goto undo_next
    :: else -> STOP
    fi
  }
fail_undo:
  atomic {
    MAY_DIE;
    if
    :: MOVED_AWAY(s) -> STOP
    :: else
    fi;
    entry(me, undo_failed, s, 1);
    undo_fails[s] = 1;
    clear()
  }

stop:
  atomic {
    MAY_DIE;
    if
#ifdef BUG_STOPS_FOR_ANOTHER
    :: true -> entry(me, stopped, 0, 0); owner = 0
#else
    :: !later[me] -> entry(me, stopped, 0, 0); owner = 0
    :: else
#endif
    fi;
    own[me] = 0; later[me] = 0;
    refresh(me)
  }
release:
  atomic {
    reads[me] = 0;
    refresh(me);
    lock = (lock == me + 1 -> 0 : lock);
    goto idle
  }
}

/* ------------------------------------------------------------------ the person: mark and approve */

#define TURN(s) (!undoing[0] && !undoing[1] && !EDITED(0, READ_TEXT) && !finished[s] && (s == 0 || finished[0]) && !undo_fails[s] && !failed[s] && !begun[s])
#define LIVE_HOLDER (lock != 0 || owner == 1 || owner == 2)
#define NOTHING 9
#define APPROVAL 3
#define PENDING(s) (begun[s] && !all_done[s] && (open[s] || failed[s]) && next[s] < LEN(s))

/* subject_of(): nothing, an action of list p, or the step as a whole. */
inline subject() {
  d_step {
    whole = 0; p = NOTHING; n = 0;
    if
    :: undo_fails[s] -> whole = 1; p = UNDO(s)
    :: !undo_fails[s] && undoing[s] && open[UNDO(s)] && next[UNDO(s)] < LEN(UNDO(s)) -> p = UNDO(s); n = next[p]
    :: !undo_fails[s] && !undoing[s] && PENDING(s) -> p = s; n = next[s]
    :: !undo_fails[s] && !undoing[s] && !PENDING(s) && EDITED(s, READ_TEXT) -> whole = 1; p = s
    :: !undo_fails[s] && !undoing[s] && !PENDING(s) && !EDITED(s, READ_TEXT) && begun[s] && !finished[s] && !all_done[s] && next[s] < LEN(s) ->
       p = s; n = next[s]
    :: TURN(s) -> whole = 1; p = s
    :: else
    fi
  }
}
#define ONLY_SKIPPED (whole -> !begun[s] && !undo_fails[s] && !finished[s] : !open[p] && !failed[p])

proctype person() {
  byte s, word, n, p;                  /* word: 0 done, 1 again, 2 skipped */
  bit whole;
  do
  :: atomic {
       NEEDS_APPROVAL(1) && !coop && !approvals && !begun[1] && !finished[1] -> reading = APPROVAL
     }
  :: atomic {
       reading == APPROVAL && !approvals -> entry(PERSON, approved, 1, 0); approvals = 1; reading = 0
     }
  :: atomic {
       !coop ->
       if
       :: s = 0
       :: s = 1
       fi;
       reading = 0;
#ifdef EDITS
       read_text = file_text;
#endif
       subject();
       if
       :: p == NOTHING -> goto settled
       :: else
       fi;
       /* refuse_mark */
#ifndef BUG_MARK_WHILE_HELD
       if
       :: LIVE_HOLDER && !whole && !CONFIRM(p, n) -> goto settled
#ifdef BUG_MARKS_EDITS_WHILE_HELD
       :: LIVE_HOLDER && whole && !begun[s] && !undo_fails[s] -> goto settled
#else
       :: LIVE_HOLDER && whole && !undo_fails[s] -> goto settled
#endif
       :: else
       fi;
#endif
#ifndef BUG_MARK_OVER_CHILD
       if
#ifdef BUG_MARKS_BESIDE_CHILDREN_OF_AN_UNDO
       /* Of a step as a whole it asks for the processes of its run only. */
       :: !IS_REMOTE && whole && LEFT_OVER(s) -> goto settled
       :: !IS_REMOTE && !whole && LEFT_OVER(p) -> goto settled
#else
       :: !IS_REMOTE && STEP_LIVES(s) -> goto settled
#endif
#ifndef BUG_MARKS_BESIDE_ANOTHER_STEP
       :: !IS_REMOTE && whole && STEP_LIVES(1 - s) -> goto settled
#endif
       /* Of a process on a host only the person can know: he has looked, but where he has an action done again, or an
        * edited step, he has not looked at what that left. */
       :: IS_REMOTE && whole && undo_fails[s] && RUNS_ANY -> goto settled
       :: IS_REMOTE && whole && (s == 0 -> runs[2] : runs[0] || runs[1] || runs[3] || runs[4]) -> goto settled
       :: else
       fi;
#endif
       reading = s + 1;
#ifdef BUG_MARK_NO_COMPARE
       read_p = p; read_n = n; read_whole = whole;
#endif
settled:
#ifdef EDITS
       read_text = read_text && reading;
#endif
       s = 0; n = 0; p = 0; whole = 0
     }
  :: atomic {
       reading == 1 || reading == 2 ->
       s = reading - 1;
#ifdef BUG_MARK_NO_COMPARE
       p = read_p; n = read_n; whole = read_whole;
#else
       subject();                      /* as it was read: nobody has written since */
#endif
       if
       :: true -> word = 2
       :: !ONLY_SKIPPED -> word = 0
       :: !ONLY_SKIPPED -> word = 1
       fi;
       if
       /* Who says done or skipped has looked, and it has ended. */
       :: IS_REMOTE && word != 1 && (runs[ACTION(p, n)] || (whole && RUNS_ANY))
       :: else ->
          entry(PERSON, marked, s, 1);
          if
          :: whole -> fold_mark_step(s, word)
          :: else -> fold_mark_action(p, n, word)
          fi
       fi;
       reading = 0;
       s = 0; n = 0; p = 0; whole = 0; word = 0
     }
#ifdef CARRIED
  /* Asked, and nothing of it runs any more: does what is asked. */
  :: atomic {
       ((coop == 1 && PERSON_MUST_ACT) || (coop == 2 && ASKS_ABOUT_UNDO)) && !LIVE_HOLDER && !RUNS_ANY ->
       reading = 0;
#ifdef EDITS
       read_text = file_text;
#endif
       if
       :: word = 0
       :: !(ASKS_ABOUT_ACTION(0) && CONFIRM(0, next[0])) -> word = 1
       :: word = 2
       fi;
       if
       :: ASKS_ABOUT_UNDO -> p = UNDO(0); n = next[p]; fold_mark_action(p, n, word)
       :: undo_fails[0] -> fold_mark_step(0, word)
       :: undo_fails[1] -> fold_mark_step(1, word)
       :: ASKS_FOR_APPROVAL -> approvals = 1
       :: ASKS_ABOUT_EDIT && !undo_fails[0] && !ASKS_ABOUT_ACTION(0) -> fold_mark_step(0, word)
       :: ASKS_ABOUT_ACTION(0) -> p = 0; n = next[0]; fold_mark_action(p, n, word)
       :: ASKS_ABOUT_ACTION(1) -> p = 1; n = next[1]; fold_mark_action(p, n, word)
       fi;
       word = 0; p = 0; n = 0
     }
#endif
  od
}

/* Processes that their drydock does not wait for end by themselves. */
proctype leftovers() {
  do
  :: atomic { runs[0] && !attended[0] -> runs[0] = 0; kept[0] = 0 }
  :: atomic { runs[1] && !attended[1] -> runs[1] = 0; kept[1] = 0 }
  :: atomic { runs[2] && !attended[2] -> runs[2] = 0; kept[2] = 0 }
  :: atomic { runs[3] && !attended[3] -> runs[3] = 0; kept[3] = 0 }
  :: atomic { runs[4] && !attended[4] -> runs[4] = 0; kept[4] = 0 }
  od
}

init {
  atomic {
    printf("2 %e\n", opened);
    run drydock(0);
#if DRYDOCKS > 1
    run drydock(1);
#endif
#ifndef NOBODY
    run person();
#endif
    run leftovers()
  }
#ifdef LOSES_LOCK
  atomic { lock != 0 -> lock = 0 }
#endif
#ifdef EDITS
  file_text = 1
#endif
}

#ifdef CARRIED
ltl carried { [] ((coop == 1 -> <> COMPLETE) && (coop == 2 -> <> ROLLED_BACK)) }
#endif
