// Why a card registration did not begin.

import { Alert, Text } from "@mantine/core";
import { useLanguage } from "../words/language";
import { ProblemNote } from "../shell/answers";
import type { Registration } from "./use-card-registration";

export function RegistrationNotes({ registration }: { registration: Registration }) {
  const { t } = useLanguage();
  const { error, trouble } = registration;
  if (error) return <ProblemNote error={error} />;
  if (trouble === null) return null;
  return (
    <Alert color="red" role="alert">
      <Text size="sm">{t(trouble.key)}</Text>
      {trouble.words ? <Text size="sm">{trouble.words}</Text> : null}
    </Alert>
  );
}
