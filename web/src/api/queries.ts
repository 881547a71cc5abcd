// What the pages read, and when it is read again.

import { QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSession } from "../session/session";
import { api } from "./client";
import { Problem } from "./problem";

/** While an outcome is being waited for, it is looked again this often. */
const PENDING_MS = 3_000;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => error instanceof Problem && error.passes && count < 2,
      },
      mutations: { retry: false },
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

export function useReviews() {
  const { uid } = useSession();
  return useInfiniteQuery({
    queryKey: ["reviews", uid],
    queryFn: ({ pageParam }) => api.reviews(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor ?? undefined,
  });
}
