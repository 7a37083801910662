/* The machine of steps, gates, marks, locks and resume: what harness/plan folds, harness/transfer appends and persons
 * mark. README.md says what is modelled and what is not. -DBUG=n seeds a defect that the check must find. */

#ifndef BUG
#define BUG 0
#endif
/* How often each thing may go wrong. */
#ifndef KILLS
#define KILLS 1         /* kill -9 of a drydock, between any two of its moves */
#endif
#ifndef REFUSALS
#define REFUSALS 1      /* gates that hold or say no-go */
#endif
#ifndef FAILURES
#define FAILURES 1      /* actions and undos that fail */
#endif
#ifndef UNKNOWNS
#define UNKNOWNS 1      /* ends that nobody knows though drydock lives: a lost connection */
#endif

#define STEPS 2         /* step 0: undo, not repeatable; step 1: repeatable, point of no return, approval, no undo */
#define HANDS 2         /* two terminals, each types cutover or rollback */
#define NOBODY 255
#define repeatable(s) (s == 1)
#define has_undo(s) (s == 0)

/* The journal, folded as harness/plan/standing.cpp does. */
typedef Step {
  bool begun;          /* action_intended, or a mark that skips */
  bool open;           /* an intent without a known end */
  bool failed;         /* action_ended failed */
  bool behind;         /* action_ended done, or marked done or skipped */
  bool approved;
  bool finished;       /* step_done */
  bool undoing;        /* undo_started */
  bool undo_open;
  bool undo_failed;
  bool undo_behind
};
Step step[STEPS];
bool stale[HANDS + 1]; /* somebody has appended since this hand last read; the last one is the person's */
bool no_return;        /* the point of no return is passed: its intent is in the journal */

/* The world. */
bool child[STEPS];     /* a process of the step's action runs */
bool undo_child;       /* of step 0's undo */
byte holder = NOBODY;  /* JOURNAL.lock */
bool kill[HANDS];

/* What ran, for the properties; the journal does not know it. */
bool ran_well[STEPS];  /* its action has ended well since it was last undone or marked again */
bool lost[STEPS];      /* nobody knows how its action ended, and nobody has said so yet */
bool accounted[STEPS]; /* its action ended done, or a person marked it done or skipped */

/* Everything that may go wrong is bounded, so that whoever goes on must come to an end. */
byte kills = KILLS;
byte refusals = REFUSALS;
byte failures = FAILURES;
byte unknowns = UNKNOWNS;
byte agains = 1;       /* marks `again` */
byte rollbacks = 1;

#define complete (step[0].finished && step[1].finished)

inline appended(me) {
  d_step { stale[0] = stale[0] || me != 0; stale[1] = stale[1] || me != 1; stale[2] = stale[2] || me != 2 }
}

/* The child's end: the world's own pace, whether its drydock lives or not. */
active proctype World() {
  do
  :: child[0] -> child[0] = false
  :: child[1] -> child[1] = false
  :: undo_child -> undo_child = false
  :: complete && !child[0] && !child[1] && !undo_child -> break
  od
}

active proctype Killer() {
  do
  :: atomic { kills > 0 && holder != NOBODY -> kills--; kill[holder] = true }
  :: complete -> break
  :: kills == 0 -> break
  od
}

/* Appends what follows from where the step stands, unless somebody has appended meanwhile. `ok` tells. */
inline decide(me) {
  if
#if BUG == 1   /* appends without comparing */
  :: true -> ok = true
#else
  :: !stale[me] -> ok = true
  :: stale[me] -> ok = false
#endif
  fi
}

inline start_action(me, s) {
  /* end_leftovers: what an earlier start left running has ended before anything runs again. */
#if BUG == 2
  skip;
#else
  !child[s];
#endif
  atomic {
    decide(me);
    if
    :: ok ->                                                  /* action_intended */
       assert(went);                                          /* its gates said go in this invocation */
       assert(step[s].begun || s != 1 || step[s].approved);   /* nor without the approval that it wants */
       assert(holder == me);                                  /* no two writers */
       assert(!ran_well[s]);                                  /* what ended well does not run again */
       assert(!(lost[s] && !repeatable(s)));                  /* nor what may have run and must not run twice */
       step[s].begun = true; step[s].open = true; step[s].failed = false; step[s].approved = false;
       if :: s == 1 -> no_return = true :: else -> skip fi;
       appended(me)
    :: else -> stale[me] = false
    fi
  };
  if
  :: ok ->
     atomic { assert(!child[s]); child[s] = true; lost[s] = true };   /* child_started follows the intent */
     appended(me);
     /* It is waited for; or its connection is lost, and what runs on, runs on. */
     if
     :: !child[s] ->
        atomic {
          if
          :: lost[s] = false; ran_well[s] = true; accounted[s] = true; end_action(s, true)
          :: failures > 0 -> failures--; lost[s] = false; end_action(s, false)
          fi;
          appended(me)
        }
     :: unknowns > 0 -> atomic { unknowns--; appended(me) }    /* action_ended unknown: the intent stays open */
     fi
  :: else -> skip
  fi
}

/* action_ended: only the action that is open can end. */
inline end_action(s, well) {
  if
  :: step[s].open && well -> step[s].open = false; step[s].behind = true
  :: step[s].open && !well -> step[s].open = false; step[s].failed = true
  :: else -> skip
  fi
}

inline start_over(s) {
  step[s].begun = false; step[s].open = false; step[s].failed = false; step[s].behind = false;
  step[s].approved = false; step[s].finished = false; step[s].undoing = false; step[s].undo_open = false;
  step[s].undo_failed = false; step[s].undo_behind = false;
  ran_well[s] = false; lost[s] = false; accounted[s] = false
}

/* Undoes step s: what runs of it has ended first. */
inline undo(me, s) {
  !child[s];
  atomic {
    decide(me);
    if
    :: ok && (!step[s].undoing || step[s].undo_failed) ->     /* undo_started */
       assert(holder == me);
       step[s].undoing = true; step[s].undo_failed = false; step[s].undo_open = false; step[s].undo_behind = false;
       appended(me)
    :: ok && step[s].undoing && !step[s].undo_failed -> skip
    :: else -> stale[me] = false
    fi
  };
  if
  :: ok && has_undo(s) && !step[s].undo_behind && !step[s].undo_open ->
     !undo_child;
     atomic { step[s].undo_open = true; undo_child = true; appended(me) };
     !undo_child;
     atomic {
       if
       :: step[s].undo_behind = true; step[s].undo_open = false
       :: failures > 0 -> failures--; step[s].undo_open = false; step[s].undo_failed = true   /* undo_failed */
       fi;
       appended(me)
     }
  :: ok && has_undo(s) && step[s].undo_open ->                /* killed in the undo: nobody knows how far it came */
     atomic { step[s].undo_failed = true; step[s].undo_open = false; appended(me) }
  :: else -> skip
  fi;
  atomic {
    decide(me);
    if
    :: ok && step[s].undoing && !step[s].undo_failed && (!has_undo(s) || step[s].undo_behind) ->
       start_over(s); appended(me)                            /* step_undone */
    :: else -> stale[me] = false
    fi
  }
}

/* One move of a cutover; `stop` where the command ends. */
inline move_on(me) {
  atomic {
    stale[me] = false; s = 0;
    if
    :: step[0].undoing -> skip                                                /* an undo is carried on first */
    :: !step[0].undoing && step[1].undoing -> s = 1
    :: else -> do :: s < STEPS && step[s].finished -> s++ :: else -> break od
    fi
  };
  if
  :: s == STEPS -> stop = true
  :: s < STEPS && step[s].undo_failed -> stop = true                          /* exit 7 */
  :: s < STEPS && step[s].undoing && !step[s].undo_failed -> undo(me, s)
  :: s < STEPS && !step[s].undoing && step[s].failed && !no_return -> undo(me, s); stop = true
  :: s < STEPS && !step[s].undoing && step[s].failed && no_return -> stop = true   /* exit 7, until mark */
  :: s < STEPS && !step[s].undoing && !step[s].failed && !step[s].begun ->
     if                                                                       /* the gates before */
     :: went = true
     :: refusals > 0 -> refusals--; went = false; stop = true
     fi;
     if
#if BUG == 3   /* asks for no approval */
     :: went -> start_action(me, s)
#else
     :: went && (s == 0 || step[s].approved) ->
        start_action(me, s)
     :: went && s == 1 && !step[s].approved -> stop = true                    /* exit 5 */
#endif
     :: else -> skip
     fi
  :: s < STEPS && !step[s].undoing && !step[s].failed && step[s].begun && step[s].open ->
     if
#if BUG == 4   /* an unknown end is taken for a failed one that may run again */
     :: went = true; start_action(me, s)
#else
     :: repeatable(s) -> went = true; start_action(me, s)
     :: else -> stop = true                                                   /* exit 5, until mark */
#endif
     fi
  :: s < STEPS && !step[s].undoing && !step[s].failed && step[s].begun && !step[s].open && !step[s].behind ->
     went = true; start_action(me, s)                                         /* marked again */
  :: s < STEPS && !step[s].undoing && !step[s].failed && step[s].begun && step[s].behind ->
     if                                                                       /* the gates after */
     :: atomic {
          decide(me);
          if
          :: ok -> assert(accounted[s]); step[s].finished = true; appended(me)   /* step_done */
          :: else -> stale[me] = false
          fi
        }
     :: refusals > 0 -> refusals--;
        if :: no_return -> stop = true :: else -> undo(me, s); stop = true fi
     fi
  fi
}

/* A terminal: types cutover, or once rollback, again and again until the transfer is complete. */
active [HANDS] proctype Hand() {
  byte me = _pid - 2; /* World and Killer came first */
  byte s = 0;
  bool went = false, stop = false, ok = false, back = false;
  do
  :: complete -> break
  :: !complete ->
#if BUG == 5   /* no lock */
     holder = me;
#else
     atomic { holder == NOBODY -> holder = me };
#endif
     stop = false; went = false; back = false;
     if :: true :: rollbacks > 0 && !no_return -> rollbacks--; back = true fi;
     {
       if
       :: back ->                                             /* rollback: the last step that has begun or is finished */
          atomic { stale[me] = false; s = 0 };
          if
          :: (step[0].begun || step[0].finished || step[0].undoing) && !step[1].begun -> undo(me, 0)
          :: else -> skip
          fi
       :: else ->
          do
          :: stop -> break
          :: !stop -> move_on(me)
          od
       fi;
       /* An undo that failed is tried again by rollback. */
       if
       :: step[0].undo_failed && !child[0] -> stale[me] = false; undo(me, 0)
       :: else -> skip
       fi;
       atomic { holder = NOBODY; s = 0; ok = false; went = false; stop = false; back = false; stale[me] = true }
     } unless { kill[me] };
     if
     :: kill[me] ->
        atomic {
          kill[me] = false; s = 0; ok = false; went = false; stop = false; back = false; stale[me] = true;
          if :: holder == me -> holder = NOBODY :: else -> skip fi
        }
     :: else -> skip
     fi
  od
}

/* A person marks what is half-done or failed, and approves. Reads, and appends only if nobody has appended since. */
active proctype Person() {
  byte me = HANDS, s = 0, i = 0;
  bool ok = false;
  do
  :: complete -> break
  :: step[0].finished && !step[1].begun && !step[1].approved ->
     atomic { if :: !step[1].begun -> step[1].approved = true; appended(me) :: else -> skip fi }   /* approved */
  :: (step[0].open || step[0].failed || step[1].open || step[1].failed) ->
     atomic {
       stale[me] = false;
       if :: step[0].open || step[0].failed -> s = 0 :: else -> s = 1 fi
     };
     if
#if BUG == 6   /* marks what may still run */
     :: holder == NOBODY && !step[s].undoing ->
#else
     :: holder == NOBODY && !step[s].undoing && !child[s] ->
#endif
        /* What was read may be old by now. */
        atomic {
          decide(me);
          if
          :: ok && (step[s].open || step[s].failed) ->        /* marked */
             assert(!child[s]);
             step[s].open = false; step[s].failed = false;
             if
             :: step[s].behind = true; accounted[s] = true; lost[s] = false       /* done, skipped */
             :: agains > 0 -> agains--; ran_well[s] = false; lost[s] = false      /* again */
             fi;
             appended(me)
          :: else -> skip
          fi
        }
     :: else -> skip
     fi
  od
}
