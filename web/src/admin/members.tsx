// Looking a member up by the id that Firebase gave.

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useLanguage } from "../words/language";
import { uidInPath } from "../api/uid";

export function Members() {
  const { t } = useLanguage();
  const navigate = useNavigate();
  const [uid, setUid] = useState("");
  const [asked, setAsked] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (uid.trim() !== "") void navigate(`/app/admin/members/${uidInPath(uid.trim())}`);
  };
  return (
    <form className="panel asked" onSubmit={submit} noValidate>
      <TextInput
        label={t("member.uid")}
        description={t("member.uidHint")}
        autoComplete="off"
        spellCheck={false}
        required
        value={uid}
        error={asked && uid.trim() === "" ? t("member.needUid") : null}
        onChange={(event) => setUid(event.currentTarget.value)}
      />
      <Button type="submit">{t("member.find")}</Button>
    </form>
  );
}
