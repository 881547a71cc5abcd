// 구독하기: the plan, its price, what is agreed to, and the card window.

import { Alert, Button, Checkbox, Stack, Text, Title } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Link } from "react-router";
import { api, type Offer, type Plan } from "../api/client";
import { useOffer, useSubscription } from "../session/queries";
import { goesOn, standingOf } from "../api/state";
import { date, won } from "../words/format";
import { useLanguage } from "../words/language";
import { useSession } from "../session/session";
import { ProblemNote, Waiting } from "../shell/answers";
import { PaperLink } from "../shell/footer";
import { Page } from "../shell/page";
import { usePlanName } from "../shell/plan-name";
import { useBuyer } from "./buyer-fields";
import { RegistrationNotes } from "./registration-notes";
import { ResumeNote } from "./resume-note";
import { useCardRegistration } from "./use-card-registration";
import { PendingNote, ReviewNote } from "./waiting-notes";

export function SubscribePage() {
  const { t } = useLanguage();
  const { state, uid } = useSession();
  const offer = useOffer();
  const subscription = useSubscription();

  const content = () => {
    if (offer.isError) return <ProblemNote error={offer.error} onRetry={() => void offer.refetch()} />;
    const asking = state === "unknown" || (state === "in" && subscription.isPending);
    if (offer.isPending || asking) return <Waiting />;
    const { data: mine } = subscription;
    if (mine && goesOn(mine)) return <Already />;
    // While a payment is being waited for the API opens no other checkout.
    if (mine && (standingOf(mine) === "confirming" || (standingOf(mine) === "over" && mine.pending))) {
      return <PendingNote subscription={mine} />;
    }
    if (offer.data.plans.length === 0) return <Text className="empty">{t("subscribe.noPlans")}</Text>;
    return (
      <Stack gap="md">
        <ResumeNote uid={uid} subscription={mine} />
        <ReviewNote subscription={mine} />
        <SubscribeForm offer={offer.data} />
      </Stack>
    );
  };

  return (
    <Page title={t("subscribe.title")}>
      <Text c="dimmed" mb="lg">
        {t("subscribe.lead")}
      </Text>
      {content()}
    </Page>
  );
}

function Already() {
  const { t } = useLanguage();
  return (
    <Alert color="green" title={t("subscribe.already")}>
      <Button component={Link} to="/app/me" size="sm" variant="default">
        {t("subscribe.seeMine")}
      </Button>
    </Alert>
  );
}

function SubscribeForm({ offer }: { offer: Offer }) {
  const { t } = useLanguage();
  const { state, uid } = useSession();
  const [chosen, choose] = useState<string | null>(null);
  // What was agreed to: at another price or under other terms it is no consent.
  const [agreedTo, agreeTo] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const { fields, check } = useBuyer();
  const plan = offer.plans.find(({ id }) => id === chosen) ?? offer.plans[0];
  const registration = useCardRegistration(uid, "subscribe", () =>
    api.openCheckout(plan?.id ?? "", plan?.price ?? 0, offer.terms_version),
  );
  if (!plan) return null;
  const terms = `${plan.price} ${offer.terms_version}`;
  const agreed = agreedTo === terms;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    const buyer = check();
    if (buyer && agreed) void registration.begin(buyer);
  };

  return (
    <form className="panel" onSubmit={submit} noValidate>
      <Stack gap="xl">
        {offer.plans.length > 1 ? (
          <PlanChoice plans={offer.plans} chosen={plan} choose={choose} />
        ) : (
          <OnlyPlan plan={plan} />
        )}
        <Terms plan={plan} offer={offer}>
          {state === "in" ? (
            <Checkbox
              mt="md"
              label={t("subscribe.consent", { version: offer.terms_version })}
              checked={agreed}
              error={asked && !agreed ? t("subscribe.needConsent") : null}
              onChange={(event) => agreeTo(event.currentTarget.checked ? terms : null)}
            />
          ) : null}
        </Terms>
        {state === "in" ? (
          <>
            <BuyerSection>{fields}</BuyerSection>
            <RegistrationNotes registration={registration} />
            <Button type="submit" size="lg" fullWidth loading={registration.busy}>
              {t("subscribe.go")}
            </Button>
          </>
        ) : (
          <Button component={Link} to="/app/sign-in" state={{ from: "/app/subscribe" }} size="lg" fullWidth>
            {t("subscribe.goSignIn")}
          </Button>
        )}
      </Stack>
    </form>
  );
}

function OnlyPlan({ plan }: { plan: Plan }) {
  const { t, language } = useLanguage();
  const planName = usePlanName();
  return (
    <div>
      <Title order={2}>{planName(plan.id, plan.name)}</Title>
      <Text>
        <span className="price">{won(plan.price, language)}</span> / {t("subscribe.monthly")}{" "}
        <small>({t("subscribe.vat")})</small>
      </Text>
      <NextPrice plan={plan} />
    </div>
  );
}

/** What is agreed to; with the box to agree in, for whoever is signed in. */
function Terms({ plan, offer, children }: { plan: Plan; offer: Offer; children: ReactNode }) {
  const { t, language } = useLanguage();
  const planName = usePlanName();
  const price = won(plan.price, language);
  return (
    <section aria-labelledby="terms">
      <Title order={2} id="terms" mb="sm">
        {t("subscribe.terms")}
      </Title>
      <ul className="terms">
        <li>{t("subscribe.term.price", { plan: planName(plan.id, plan.name), price })}</li>
        <li>{t("subscribe.term.first", { first: date(offer.first_payment_date, language) })}</li>
        <li>{t("subscribe.term.second", { second: date(offer.second_payment_date, language) })}</li>
        <li>{t("subscribe.term.cancel")}</li>
        <li>{t("subscribe.term.withdraw")}</li>
        <li>{t("subscribe.term.raise")}</li>
      </ul>
      <Text size="sm" mt="md">
        <PaperLink paper="terms" inNewTab /> · <PaperLink paper="privacy" inNewTab />
      </Text>
      {children}
    </section>
  );
}

function BuyerSection({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  return (
    <section aria-labelledby="buyer">
      <Title order={2} id="buyer">
        {t("subscribe.buyer")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("subscribe.buyerWhy")}
      </Text>
      {children}
    </section>
  );
}

/** A price that is known to come; who subscribes now is asked before it holds for them. */
function NextPrice({ plan }: { plan: Plan }) {
  const { t, language } = useLanguage();
  if (!plan.next_price) return null;
  const { holds_from, price } = plan.next_price;
  return (
    <Text size="sm" c="dimmed">
      {t("subscribe.nextPrice", { date: date(holds_from, language), price: won(price, language) })}
    </Text>
  );
}

function PlanChoice({
  plans,
  chosen,
  choose,
}: {
  plans: Plan[];
  chosen: Plan;
  choose: (id: string) => void;
}) {
  const { t, language } = useLanguage();
  const planName = usePlanName();
  return (
    <fieldset className="plans">
      <legend>
        <strong>{t("subscribe.plan")}</strong>
      </legend>
      {plans.map((plan) => (
        <label className="plan" key={plan.id}>
          <input
            type="radio"
            name="plan"
            value={plan.id}
            checked={plan.id === chosen.id}
            onChange={() => choose(plan.id)}
          />
          <span className="plan-name">
            {planName(plan.id, plan.name)}
            <NextPrice plan={plan} />
          </span>
          <span>
            <strong>{won(plan.price, language)}</strong> / {t("subscribe.monthly")} ({t("subscribe.vat")})
          </span>
        </label>
      ))}
    </fieldset>
  );
}
