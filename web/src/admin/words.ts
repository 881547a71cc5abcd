// The words of the admins' pages come with them: members need none of them.

import { ACTS } from "../words/acts";
import { ADMIN } from "../words/admin";
import { BOOKS } from "../words/books";
import { KINDS } from "../words/kinds";
import { learn } from "../words/language";

learn({ ...ADMIN, ...ACTS, ...BOOKS, ...KINDS });
