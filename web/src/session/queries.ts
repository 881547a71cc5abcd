// What the pages read, and when it is read again.

import {
  type InfiniteData,
  QueryClient,
  skipToken,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { config } from "../api/config";
import { useSession } from "./session";
import { type ActRequest, api, type Matter, type Member } from "../api/client";
import { Problem } from "../api/problem";

/** While an outcome is being waited for, it is looked again this often. */
const PENDING_MS = 3_000;

/** So long a count is good enough for a menu. */
const STANDING_MS = 60_000;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => error instanceof Problem && error.passes && count < 2,
      },
      // What cannot be sent has failed: kept until the network is back, it would be done against the last word.
      mutations: { retry: false, networkMode: "always" },
    },
  });
}

export function useOffer() {
  return useQuery({ queryKey: ["offer"], queryFn: api.offer });
}

export function useSubscription() {
  const { uid } = useSession();
  return useQuery({
    queryKey: ["subscription", uid],
    queryFn: api.subscription,
    enabled: uid !== null,
    refetchInterval: (query) => (query.state.data?.pending ? PENDING_MS : false),
  });
}

export function usePayments() {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["payments", uid],
    queryFn: ({ pageParam }) => api.payments(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
    enabled: uid !== null,
  });
}

export function useCancellations() {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["cancellations", uid],
    queryFn: ({ pageParam }) => api.cancellations(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
}

/** A reconciliation, looked at again as long as it is under way. */
export function useReconciliation(id: string) {
  const { uid } = useSession();
  return useQuery({
    queryKey: ["reconciliation", uid, id],
    queryFn: () => api.reconciliation(id),
    refetchInterval: ({ state: { data } }) => (data?.part ? PENDING_MS / 2 : false),
  });
}

export function useReviews() {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["reviews", uid],
    queryFn: ({ pageParam }) => api.reviews(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
}

/** Whom an admin looks for, by what was typed; nobody while that is nothing. Not kept once it is no longer shown. */
export function useFound(wanted: string) {
  const { uid } = useSession();
  return useQuery({
    queryKey: ["found", uid, wanted],
    queryFn: () => api.find(wanted),
    enabled: wanted !== "",
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** Members with whom something is the matter. */
export function useMembersIn(matter: Matter) {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["members", uid, matter],
    queryFn: ({ pageParam }) => api.membersIn(matter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
}

/** How many there are of each. */
export function useStanding() {
  const { uid } = useSession();
  return useQuery({ queryKey: ["standing", uid], queryFn: api.standing, staleTime: STANDING_MS });
}

/** Everything known of a member; the journal page by page, the rest with each. */
export function useMember(member: string) {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["member", uid, member],
    queryFn: ({ pageParam }) => api.member(member, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
}

/** Asks for a member anew, beside the page that shows one; `undefined` while there is none. */
export function useMemberAnew(member: string): () => Promise<Member | undefined> {
  const { uid } = useSession();
  const queries = useQueryClient();
  const queryKey = ["member", uid, member];
  return async () => {
    await queries.refetchQueries({ queryKey });
    return queries.getQueryData<InfiniteData<Member>>(queryKey)?.pages[0];
  };
}

/** How a member's subscription would stand after an act; nothing is asked while there is no act. What cannot be looked at
 *  is said at once, and nothing of it is kept. */
export function usePreview(member: string, asked: Omit<ActRequest, "reason" | "dry_run"> | null) {
  const { uid } = useSession();
  return useQuery({
    queryKey: ["preview", uid, member, asked],
    queryFn: asked === null ? skipToken : () => api.actFor(member, { ...asked, reason: "preview", dry_run: true }),
    gcTime: 0,
    staleTime: 0,
    retry: false,
    networkMode: "always",
    refetchOnWindowFocus: false,
  });
}

export function useForecast(member: string) {
  const { uid } = useSession();
  return useQuery({ queryKey: ["forecast", uid, member], queryFn: () => api.forecast(member) });
}

/** Whether new checkouts are taken. */
export function useCheckouts() {
  const { uid } = useSession();
  return useQuery({ queryKey: ["checkouts", uid], queryFn: api.checkouts });
}

export function useFigures(range: { from: string; to: string }) {
  const { uid } = useSession();
  return useQuery({
    queryKey: ["figures", uid, range],
    queryFn: () => api.figures(range.from, range.to),
    // Another range takes the place of the one before when it is there.
    placeholderData: (before) => before,
  });
}

/** The time when the page was opened, on one machine the simulation's; `null` until it is known. */
export function useNow(): Date | null {
  const { data } = useQuery({
    queryKey: ["now"],
    queryFn: async () => {
      const { local } = config();
      if (!local) return new Date();
      const answer = await fetch(`${local.simulatorUrl}/simulator/clock`);
      return new Date(((await answer.json()) as { now: string }).now);
    },
    // Only what the page begins with: that time goes on does not change what was asked for.
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
  return data ?? null;
}
