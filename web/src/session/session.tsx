// Who is signed in. Firebase keeps it across reloads; the API decides what it is good for.

import { type Auth, onIdTokenChanged, signOut, type User } from "@firebase/auth";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { authenticate } from "../api/client";
import { codeOf } from "./firebase";
import { forgetTab } from "./tab";

interface Session {
  auth: Auth;
  /** `unknown` until Firebase has looked what it kept. */
  state: "unknown" | "out" | "in";
  uid: string | null;
  email: string | null;
  name: string | null;
  /** Whether the token's claim lets see the admins' pages. It only decides what is shown; the API checks it itself. */
  admin: boolean;
  /** Whether it lets act there, too. */
  acts: boolean;
  /** Whether the session ended without the member's doing. */
  expired: boolean;
  leave: () => Promise<void>;
}

type Who = Pick<Session, "state" | "uid" | "email" | "name" | "admin" | "acts">;

const UNKNOWN: Who = { state: "unknown", uid: null, email: null, name: null, admin: false, acts: false };
const OUT: Who = { ...UNKNOWN, state: "out" };
const Context = createContext<Session | null>(null);

export function SessionProvider({ auth, children }: { auth: Auth; children: ReactNode }) {
  const [who, setWho] = useState<Who>(UNKNOWN);
  const [expired, setExpired] = useState(false);
  const queries = useQueryClient();

  useEffect(() => {
    const end = () => {
      setExpired(true);
      void signOut(auth);
    };
    authenticate({ token: (fresh) => tokenOf(auth, fresh, end), refused: end });
  }, [auth]);

  useEffect(() => {
    let latest: User | null = null;
    return onIdTokenChanged(auth, (user) => {
      latest = user;
      if (user === null) {
        queries.clear();
        forgetTab();
        setWho(OUT);
        return;
      }
      const show = (claim: unknown) => {
        // Another may have signed in while the token was read.
        if (latest !== user) return;
        setExpired(false);
        const { uid, email, displayName: name } = user;
        const acts = claim === true;
        setWho({ state: "in", uid, email, name, admin: acts || claim === "viewer", acts });
      };
      user.getIdTokenResult().then(
        ({ claims }) => show(claims.admin),
        () => show(null),
      );
    });
  }, [auth, queries]);

  const session = useMemo(
    () => ({
      auth,
      ...who,
      expired,
      leave: async () => {
        setExpired(false);
        await signOut(auth);
      },
    }),
    [auth, who, expired],
  );
  return <Context.Provider value={session}>{children}</Context.Provider>;
}

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession outside of SessionProvider");
  return session;
}

/** The token of whoever is signed in; where Firebase refuses one, the session is at its `end`. */
async function tokenOf(auth: Auth, fresh: boolean, end: () => void): Promise<string | null> {
  await auth.authStateReady();
  try {
    return (await auth.currentUser?.getIdToken(fresh)) ?? null;
  } catch (error) {
    // Out of reach is not over.
    if (codeOf(error) === "auth/network-request-failed") throw error;
    end();
    return null;
  }
}

/** A new token, so that claims and the simulation's time are the present ones. */
export async function refreshToken(auth: Auth) {
  await auth.currentUser?.getIdToken(true).catch(() => {});
}
